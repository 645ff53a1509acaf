// The front: which Worker a request is for, which version of it, and what the zone makes of request and answer.
// All that it knows is the table that the daemon hands it; a new table is obeyed by the next request. This is the path of
// every request: no URL is parsed, and what is found out about a host is kept until the next table.
import { exceptionPage, placePage } from "./pages.js";
import { applies, headerValue } from "./rules.js";

const KEY_HEADER = "cloudflare-workers-version-key";
const OVERRIDES_HEADER = "cloudflare-workers-version-overrides";
const SERVED_HEADER = "x-edge-served";
const LOCAL_SUFFIX = ".localhost";
const MOST_PLACES = 5000;
const MOST_LINES = 100;
const OVERRIDE = /^\s*([a-z*][a-z0-9_\-.*]*)\s*=\s*"([^"\\]*)"\s*$/;

let table = null;
let scripts = new Map();
let places = new Map();
let overrides = new Map();
let tallies = [];
let lines = [];
let skipped = 0;

// -- the table ------------------------------------------------------------------------------------------------------

function load(next) {
  const loaded = new Map();
  for (const [key, script] of Object.entries(next.scripts)) {
    loaded.set(key, {
      name: script.name,
      seed: hash(`${script.name}\0`, 0x811c9dc5),
      versions: script.versions.map(uncounted),
      earlier: script.earlier.map((known) => ({ ...known, versions: known.versions.map(uncounted) })),
    });
  }
  scripts = loaded;
  places = new Map();
  table = next;
}

const uncounted = (version) => ({ ...version, tally: null });

async function tableKnown() {
  while (table === null) await scheduler.wait(2);
}

// -- hosts and routes -----------------------------------------------------------------------------------------------

function findPlace(host) {
  const [, name, port] = /^(.*?)(:\d+)?$/.exec(host.toLowerCase());
  const local = name.endsWith(LOCAL_SUFFIX);
  const bare = local ? name.slice(0, -LOCAL_SUFFIX.length) : name;
  const routes = [...(table.exact[bare] ?? [])];
  for (const [suffix, under] of table.wild) if (bare.endsWith(suffix)) routes.push(...under);
  const zone = table.zones.find(({ name: zone }) => bare === zone || bare.endsWith(`.${zone}`));
  const place = {
    host: bare,
    // Where this client comes back to over HTTPS.
    secureHost: port === undefined ? name : `${name}:${table.httpsPort}`,
    local,
    origin: `https://${bare}`,
    routes: routes.map(bind),
    zone: zone ?? null,
    site: table.sites[bare] ?? null,
    unserved: table.unserved[bare] ?? null,
  };
  if (places.size >= MOST_PLACES) places.clear();
  places.set(host, place);
  return place;
}

const bind = (route) => ({
  path: route.path,
  open: route.open,
  named: route.script !== null,
  script: scripts.get(route.script) ?? null,
  version: route.version && uncounted(route.version),
});

function match(routes, path) {
  for (const route of routes) if (route.open ? path.startsWith(route.path) : path === route.path) return route;
  return null;
}

// -- versions -------------------------------------------------------------------------------------------------------

function hash(text, seed) {
  let state = seed;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state;
}

// Where on [0, 100) a key stands, the same for ever: all bits of the hash are mixed into the upper ones.
function position(seed, key) {
  let state = hash(key, seed);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (((state ^ (state >>> 16)) >>> 0) / 4294967296) * 100;
}

// The versions divide [0, 100) in the deployment's own order, so the last one's part grows downwards from 100: a key
// that it has won it keeps while its share grows.
// `changed` is what the zone's rules make of the request's headers, or null.
function choose(script, headers, changed) {
  const versions = script.earlier.length === 0 ? script.versions : converging(script);
  const overriding = read(headers, changed, OVERRIDES_HEADER);
  if (overriding !== null) {
    const wanted = readOverrides(overriding).get(script.name);
    const found = wanted === undefined ? undefined : versions.find(({ id }) => id === wanted);
    if (found !== undefined) return found;
  }
  if (versions.length === 1) return versions[0];
  const key = read(headers, changed, KEY_HEADER);
  const point = key ? position(script.seed, key) : Math.random() * 100;
  for (const version of versions) if (point < version.upTo) return version;
  return versions[versions.length - 1];
}

// Each request meets a place that lags by a time of its own, and obeys what was live that long ago: the oldest deployment
// that was not yet replaced then.
function converging(script) {
  const now = Date.now();
  while (script.earlier.length > 0 && now >= script.earlier[0].until) script.earlier.shift();
  const lag = Math.random();
  for (const { from, until, versions } of script.earlier) if (lag * (until - from) > now - from) return versions;
  return script.versions;
}

const read = (headers, changed, name) => (changed?.has(name) ? changed.get(name) : headers.get(name));

// A structured dictionary of strings; one that is malformed says nothing at all.
function readOverrides(text) {
  let read = overrides.get(text);
  if (read !== undefined) return read;
  read = new Map();
  for (const member of text.split(",")) {
    const parts = OVERRIDE.exec(member);
    if (parts === null) {
      read = new Map();
      break;
    }
    read.set(parts[1], parts[2].toLowerCase());
  }
  if (overrides.size >= MOST_PLACES) overrides.clear();
  overrides.set(text, read);
  return read;
}

// -- counting -------------------------------------------------------------------------------------------------------

function count(version, started, status, response) {
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

function note(started, request, url, status, version) {
  if (lines.length >= MOST_LINES) skipped++;
  else lines.push([started, request.method, url, status, Date.now() - started, version === null ? "" : version.key]);
}

function take() {
  for (const tally of tallies) tally.taken = true;
  const taken = { tallies, lines, skipped };
  tallies = [];
  lines = [];
  skipped = 0;
  return taken;
}

// -- answering ------------------------------------------------------------------------------------------------------

async function serve(request, env, secure) {
  if (table === null) await tableKnown();
  const asked = request.url;
  const pathAt = asked.indexOf("/", 8);
  const host = asked.slice(7, pathAt);
  const path = asked.slice(pathAt);
  const place = places.get(host) ?? findPlace(host);
  const zone = place.zone;
  if (zone !== null && !secure && zone.alwaysHttps) {
    return new Response(null, { status: 301, headers: { location: `https://${place.secureHost}${path}` } });
  }
  const route = match(place.routes, path);
  const url = place.origin + path;
  let response;
  if (route !== null && (route.version || route.script)) {
    const changed = zone === null || zone.requestRules.length === 0 ? null : changes(request, place, path, secure);
    const version = route.version || choose(route.script, request.headers, changed);
    response = await invoke(version, request, url, env, changed);
  } else if (place.site !== null && (route === null || !route.named)) {
    response = await fromSite(place.site, request, url, env);
  } else {
    response = placePage(request, place, route, table);
    note(Date.now(), request, url, response.status, null);
  }
  return zone === null ? response : decorate(response, request, place, path, secure);
}

// Lower-case header → its new text, or null where it goes. Rules see the request as it came.
function changes(request, place, path, secure) {
  const changed = new Map();
  const about = { request, response: null, host: place.host, path, secure };
  for (const rule of place.zone.requestRules) {
    if (!applies(rule.when, about)) continue;
    changed.set(rule.header.toLowerCase(), rule.operation === "remove" ? null : headerValue(rule, about) || null);
  }
  return changed;
}

async function invoke(version, request, url, env, changed) {
  const started = Date.now();
  const ray = newRay();
  if (version.slow) for (const { rate, milliseconds } of version.slow) if (Math.random() < rate) await scheduler.wait(milliseconds);
  if (version.errorRate && Math.random() < version.errorRate) return failed(version, started, request, url, ray);
  const gone = () => count(version, started, "clientDisconnected", null);
  request.signal.addEventListener("abort", gone);
  const onward = new Request(url, request);
  onward.headers.set("cf-ray", ray);
  if (changed !== null) {
    for (const [header, value] of changed) {
      if (value === null) onward.headers.delete(header);
      else onward.headers.set(header, value);
    }
  }
  let response;
  try {
    response = await send(env[version.slot], onward, request);
  } catch {
    request.signal.removeEventListener("abort", gone);
    count(version, started, "internalError", null);
    note(started, request, url, 502, version);
    return new Response("error code: 502", { status: 502, headers: { "cf-ray": ray } });
  }
  request.signal.removeEventListener("abort", gone);
  if (response.headers.get(SERVED_HEADER) === null) return failed(version, started, request, url, ray);
  count(version, started, "success", response);
  note(started, request, url, response.status, version);
  if (response.status === 101) return response;
  const answer = new Response(response.body, response);
  answer.headers.set("cf-ray", ray);
  return answer;
}

// A process that ended between two requests leaves a dead connection behind. What has no body can be sent again.
async function send(slot, onward, request) {
  if (request.body !== null) return slot.fetch(onward);
  try {
    return await slot.fetch(onward);
  } catch (error) {
    if (request.signal.aborted) throw error;
    return slot.fetch(onward);
  }
}

function failed(version, started, request, url, ray) {
  count(version, started, "scriptThrewException", null);
  note(started, request, url, 500, version);
  return exceptionPage(ray);
}

async function fromSite(site, request, url, env) {
  const started = Date.now();
  const onward = new Request(url, request);
  onward.headers.set("x-edge-site", site.name);
  let response;
  try {
    response = await send(env[site.slot], onward, request);
  } catch {
    response = new Response("error code: 502", { status: 502 });
  }
  note(started, request, url, response.status, null);
  const answer = new Response(response.body, response);
  answer.headers.set("cf-ray", newRay());
  return answer;
}

function decorate(response, request, place, path, secure) {
  const zone = place.zone;
  if (response.status === 101 || (zone.rules.length === 0 && !(secure && zone.hsts))) return response;
  if (secure && zone.hsts) response.headers.set("strict-transport-security", zone.hsts);
  for (const rule of zone.rules) {
    const about = { request, response, host: place.host, path, secure };
    if (!applies(rule.when, about)) continue;
    const value = rule.operation === "remove" ? "" : headerValue(rule, about);
    if (rule.operation === "add") {
      if (value) response.headers.append(rule.header, value);
    } else if (value) response.headers.set(rule.header, value);
    else response.headers.delete(rule.header);
  }
  return response;
}

const newRay = () => {
  const high = (Math.random() * 4294967296) >>> 0;
  const low = (Math.random() * 4294967296) >>> 0;
  return `${high.toString(16).padStart(8, "0")}${low.toString(16).padStart(8, "0")}-LCL`;
};

// -- sockets --------------------------------------------------------------------------------------------------------

export default { fetch: (request, env) => serve(request, env, false) };

export const secure = { fetch: (request, env) => serve(request, env, true) };

// What a service binding asks of another script: its deployed split decides.
export const service = {
  async fetch(request, env) {
    if (request.headers.get("x-edge-secret") !== env.SECRET) return new Response(null, { status: 403 });
    if (table === null) await tableKnown();
    const script = scripts.get(request.headers.get("x-edge-script"));
    const url = `https${request.url.slice(4)}`;
    if (script === undefined) return new Response("error code: 1042", { status: 404 });
    const onward = new Request(request);
    onward.headers.delete("x-edge-secret");
    onward.headers.delete("x-edge-script");
    return invoke(choose(script, request.headers, null), onward, url, env, null);
  },
};

export const control = {
  async fetch(request, env) {
    if (request.headers.get("x-edge-secret") !== env.SECRET) return new Response(null, { status: 403 });
    if (request.url.endsWith("/table")) {
      load(await request.json());
      return Response.json({});
    }
    return Response.json(take());
  },
};
