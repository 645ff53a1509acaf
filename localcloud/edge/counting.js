// What the front has served since the daemon last asked: invocations by version, second and status, and a line for each.
const MOST_LINES = 100;

let tallies = [];
let lines = [];
let skipped = 0;

export function count(version, started, status, response) {
  const second = Math.floor(started / 1000);
  let tally = version.tally;
  if (tally === null || tally.second !== second || tally.taken) {
    tally = version.tally = { second, version: version.key, taken: false, statuses: {} };
    tallies.push(tally);
  }
  const row = (tally.statuses[status] ??= { requests: 0, bytes: 0, errors: 0, durations: {} });
  const duration = Date.now() - started;
  row.requests++;
  row.durations[duration] = (row.durations[duration] ?? 0) + 1;
  if (response !== null) {
    row.bytes += Number(response.headers.get("content-length") ?? 0);
    if (status === "success" && response.status >= 500) row.errors++;
  }
}

export function note(started, request, url, status, version) {
  if (lines.length >= MOST_LINES) skipped++;
  else lines.push([started, request.method, url, status, Date.now() - started, version === null ? "" : version.key]);
}

export function take() {
  for (const tally of tallies) tally.taken = true;
  const taken = { tallies, lines, skipped };
  tallies = [];
  lines = [];
  skipped = 0;
  return taken;
}
