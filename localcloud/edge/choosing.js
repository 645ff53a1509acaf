// Which of a script's versions serves a request: by an override, by a key, or by chance.
const KEY_HEADER = "cloudflare-workers-version-key";
const OVERRIDES_HEADER = "cloudflare-workers-version-overrides";
const OVERRIDE = /^\s*([a-z*][a-z0-9_\-.*]*)\s*=\s*"([^"\\]*)"\s*$/;
const MOST_KEPT = 5000;

const overrides = new Map();

export function hash(text, seed) {
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
export function choose(script, headers, changed) {
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
  if (overrides.size >= MOST_KEPT) overrides.clear();
  overrides.set(text, read);
  return read;
}
