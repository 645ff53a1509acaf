// The edge's cache: what `caches.default` and `caches.open` of every Worker hold, in memory, the least recently used out
// first. workerd speaks HTTP here: GET is match, PUT is put with a whole HTTP answer as its body, PURGE is delete.
const MOST_BYTES = 256 << 20;
const MOST_BYTES_OF_ONE = 128 << 20;
const OVERHEAD = 512;
// Seconds that an answer is kept whose headers do not say: https://developers.cloudflare.com/cache/how-to/configure-cache-status-code/
const BY_STATUS = { 200: 7200, 301: 7200, 302: 1200, 303: 1200, 404: 180, 410: 180 };
const BODILESS = new Set([101, 204, 205, 304]);
const NOT_KEPT = ["transfer-encoding", "connection", "content-length", "keep-alive"];
const CONTROLS = ["cloudflare-cdn-cache-control", "cdn-cache-control", "cache-control"];

const entries = new Map();
let bytes = 0;
// Null until they are told, right after the start.
let zones = null;
let zoneOfScript = {};

// `zones`: [account, name, id], the longest name first; `scripts`: account/script → the zone that it is routed in.
export function obey(table) {
  ({ zones, scripts: zoneOfScript } = table);
}

// A key under a zone of the account belongs to that zone, any other to the zone of the Worker itself. A Worker without a
// zone has no cache, and neither has anything on workers.dev.
function zoneOf(script, host) {
  if (host.endsWith(".workers.dev")) return null;
  const account = script.slice(0, script.indexOf("/"));
  for (const [owner, name, id] of zones) {
    if (owner === account && (host === name || host.endsWith(`.${name}`))) return id;
  }
  return zoneOfScript[script] ?? null;
}

export async function cache(request, script) {
  while (zones === null) await scheduler.wait(2);
  const url = new URL(request.url);
  url.hash = "";
  const zone = zoneOf(script, url.hostname);
  const key = `${zone}\n${request.headers.get("cf-cache-namespace") ?? ""}\n${url.href}`;
  switch (request.method) {
    case "GET":
      return zone === null ? missed("MISS") : match(key, request.headers);
    case "PUT":
      return put(zone, key, url, request);
    case "PURGE":
      return new Response(null, { status: zone !== null && forget(key) ? 200 : 404 });
    default:
      return new Response(null, { status: 405 });
  }
}

// -- put ------------------------------------------------------------------------------------------------------------

async function put(zone, key, url, request) {
  const tooLarge = Number(request.headers.get("content-length") ?? 0) > MOST_BYTES_OF_ONE;
  const message = tooLarge ? null : new Uint8Array(await request.arrayBuffer());
  const parsed = message === null || zone === null ? null : parse(message);
  const now = Date.now();
  const seconds = parsed === null ? 0 : lifetime(parsed.status, parsed.headers, now);
  if (seconds <= 0 || message.byteLength > MOST_BYTES_OF_ONE) {
    if (tooLarge) await request.body.cancel();
    return new Response(null, { status: 413 });
  }
  forget(key);
  const tags = (parsed.headers.get("cache-tag") ?? "").split(",").map((tag) => tag.trim().toLowerCase());
  const size = message.byteLength + key.length + OVERHEAD;
  entries.set(key, {
    ...parsed,
    zone,
    url,
    size,
    tags: new Set(tags.filter(Boolean)),
    stored: now,
    until: now + seconds * 1000,
  });
  bytes += size;
  for (const oldest of entries.keys()) {
    if (bytes <= MOST_BYTES) break;
    forget(oldest);
  }
  return new Response(null, { status: 204 });
}

// The HTTP answer in `message`: its body is not chunked, whatever its headers say.
function parse(message) {
  const end = endOfHead(message);
  if (end < 0) return null;
  const [first, ...lines] = new TextDecoder().decode(message.subarray(0, end)).split("\r\n");
  const [, status, statusText] = /^HTTP\/\d\.\d (\d{3}) ?(.*)$/.exec(first) ?? [];
  if (status === undefined) return null;
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  for (const name of NOT_KEPT) headers.delete(name);
  return { status: Number(status), statusText, headers, body: message.subarray(end + 4) };
}

function endOfHead(message) {
  for (let at = message.indexOf(13); at >= 0; at = message.indexOf(13, at + 1)) {
    if (message[at + 1] === 10 && message[at + 2] === 13 && message[at + 3] === 10) return at;
  }
  return -1;
}

// Seconds that an answer may be kept; 0: not at all. Takes out of `headers` what must not be stored.
function lifetime(status, headers, now) {
  const directives = new Map();
  for (const part of (headers.get(CONTROLS.find((name) => headers.has(name)) ?? "") ?? "").split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const [name, value] = part.split(/=(.*)/s);
    directives.set(name.trim().toLowerCase(), value?.trim().replace(/^"(.*)"$/, "$1"));
  }
  for (const name of ["private", "no-cache"]) {
    if (!directives.has(name)) continue;
    const fields = directives.get(name);
    if (!fields) return 0;
    for (const field of fields.split(",")) if (field.trim()) headers.delete(field.trim());
  }
  if (directives.has("no-store") || headers.has("set-cookie")) return 0;
  for (const name of ["s-maxage", "max-age"]) {
    if (directives.has(name)) return Math.max(0, Number.parseInt(directives.get(name), 10) || 0);
  }
  if (headers.has("expires")) return (Date.parse(headers.get("expires")) - now) / 1000 || 0;
  return BY_STATUS[status] ?? 0;
}

// -- match ----------------------------------------------------------------------------------------------------------

const missed = (how) => new Response(null, { status: 504, headers: { "cf-cache-status": how } });

function match(key, asked) {
  const entry = entries.get(key);
  if (entry === undefined) return missed("MISS");
  const now = Date.now();
  if (entry.until <= now) {
    forget(key);
    return missed("EXPIRED");
  }
  entries.delete(key);
  entries.set(key, entry);
  const headers = new Headers(entry.headers);
  headers.set("cf-cache-status", "HIT");
  headers.set("age", String(Math.floor((now - entry.stored) / 1000)));
  const { status, statusText, body } = entry;
  if (unchanged(entry.headers, asked)) return new Response(null, { status: 304, headers });
  if (status === 200 && asked.has("range") && rangeHolds(entry.headers, asked)) {
    const range = oneRange(asked.get("range"), body.byteLength);
    if (range === null) {
      headers.set("content-range", `bytes */${body.byteLength}`);
      return new Response(null, { status: 416, headers });
    }
    if (range !== undefined) {
      const [from, to] = range;
      headers.set("content-range", `bytes ${from}-${to}/${body.byteLength}`);
      return new Response(body.subarray(from, to + 1), { status: 206, headers, encodeBody: "manual" });
    }
  }
  return new Response(BODILESS.has(status) ? null : body, { status, statusText, headers, encodeBody: "manual" });
}

const weak = (etag) => etag.trim().replace(/^W\//, "");

function unchanged(headers, asked) {
  const wanted = asked.get("if-none-match");
  const etag = headers.get("etag");
  if (wanted !== null) {
    return etag !== null && (wanted.trim() === "*" || wanted.split(",").some((one) => weak(one) === weak(etag)));
  }
  // A date that cannot be read is NaN, of which no comparison holds.
  return Date.parse(headers.get("last-modified")) <= Date.parse(asked.get("if-modified-since"));
}

function rangeHolds(headers, asked) {
  const condition = asked.get("if-range");
  return condition === null || condition === headers.get("etag") || condition === headers.get("last-modified");
}

// First and last byte; null where there is nothing; undefined for what is answered whole: several ranges, another unit.
function oneRange(text, length) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(text.trim()) ?? [];
  if (from === undefined || (from === "" && to === "")) return undefined;
  if (from === "") return to === "0" || length === 0 ? null : [Math.max(0, length - Number(to)), length - 1];
  if (to !== "" && Number(to) < Number(from)) return undefined;
  return Number(from) >= length ? null : [Number(from), Math.min(length - 1, to === "" ? length - 1 : Number(to))];
}

// -- taking out -----------------------------------------------------------------------------------------------------

function forget(key) {
  const entry = entries.get(key);
  if (entry === undefined) return false;
  entries.delete(key);
  bytes -= entry.size;
  return entry.until > Date.now();
}

const HITS = {
  everything: () => true,
  files: (entry, file) => entry.url.href === file,
  tags: (entry, tag) => entry.tags.has(tag),
  hosts: (entry, host) => entry.url.hostname === host,
  prefixes: (entry, prefix) => `${entry.url.host}${entry.url.pathname}`.startsWith(prefix),
};
const READ = {
  everything: (wanted) => wanted,
  files: (wanted) => URL.parse(wanted)?.href ?? wanted,
  tags: (wanted) => wanted.toLowerCase(),
  hosts: (wanted) => wanted.toLowerCase(),
  prefixes: (wanted) => wanted.replace(/^[^/]*/, (host) => host.toLowerCase()),
};

// What a purge of a zone takes out: `kind` everything, files, tags, hosts or prefixes.
export function purge({ zone, kind, wanted }) {
  const read = wanted.map(READ[kind]);
  let count = 0;
  for (const [key, entry] of [...entries]) {
    if (entry.zone === zone && read.some((one) => HITS[kind](entry, one))) {
      forget(key);
      count++;
    }
  }
  return count;
}
