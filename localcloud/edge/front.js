// The front: which Worker a request is for, which version of it, and what the zone makes of request and answer.
// All that it knows is the table that the daemon hands it; a new table is obeyed by the next request. This is the path of
// every request: no URL is parsed, and what is found out about a host is kept until the next table.
import { choose, hash } from "./choosing.js";
import { count, note, take } from "./counting.js";
import { exceptionPage, placePage } from "./pages.js";
import { applies, headerValue } from "./rules.js";

const SERVED_HEADER = "x-edge-served";
const LOCAL_SUFFIX = ".localhost";
const MOST_PLACES = 5000;
const SETTLE_MS = 20;

let table = null;
let scripts = new Map();
let places = new Map();

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
  const drawn = { uuid: undefined };
  let response;
  if (route !== null && (route.version || route.script)) {
    const changed = zone === null || zone.requestRules.length === 0 ? null : changes(request, place, path, secure, drawn);
    const version = route.version || choose(route.script, request.headers, changed);
    response = await invoke(version, request, url, env, changed);
  } else if (place.site !== null && (route === null || !route.named)) {
    response = await fromSite(place.site, request, url, env);
  } else {
    response = placePage(request, place, route, table);
    note(Date.now(), request, url, response.status, null);
  }
  return zone === null ? response : decorate(response, request, place, path, secure, drawn);
}

// Lower-case header → its new text, or null where it goes. Rules see the request as it came.
function changes(request, place, path, secure, drawn) {
  const changed = new Map();
  const about = { request, response: null, host: place.host, path, secure, drawn };
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
  // Of a body that comes with a GET nobody expects anything, and no request can be made anew around one.
  const isPlain = request.body === null || request.method === "GET" || request.method === "HEAD";
  const sent = isPlain ? null : sending(request);
  const onward = new Request(url, sent === null ? request : sent.request);
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
    if (sent !== null && (await sent.brokeOff())) {
      gone();
      note(started, request, url, 499, version);
      return new Response(null, { status: 499, headers: { "cf-ray": ray } });
    }
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

// A body on its way, so that a client that breaks off can be told from a version that does.
function sending(request) {
  const { method, headers, body, redirect, signal, cf } = request;
  const length = headers.get("content-length");
  const { readable, writable } = length === null ? new IdentityTransformStream() : new FixedLengthStream(BigInt(length));
  const passing = body.pipeTo(writable, { preventCancel: true }).catch(() => undefined);
  const brokeOff = async () => {
    await Promise.race([passing, scheduler.wait(SETTLE_MS)]);
    if (body.locked) return false;
    // What the version did not take can still be read; what never came cannot.
    return Promise.race([body.getReader().read(), scheduler.wait(SETTLE_MS)]).then(() => false, () => true);
  };
  return { request: { method, headers, redirect, signal, cf, body: readable }, brokeOff };
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

function decorate(response, request, place, path, secure, drawn) {
  const zone = place.zone;
  if (response.status === 101 || (zone.rules.length === 0 && !(secure && zone.hsts))) return response;
  if (secure && zone.hsts) response.headers.set("strict-transport-security", zone.hsts);
  for (const rule of zone.rules) {
    const about = { request, response, host: place.host, path, secure, drawn };
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
