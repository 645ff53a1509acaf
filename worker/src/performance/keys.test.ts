import { expect, test } from "vitest";
import { draws, type Draws } from "../../test/draws";
import { hasEdgeCache, isAnybodys, keyOf } from "./keys";

const PARAMETERS = ["q", "genre", "cursor", "limit"];
const NAMES = [...PARAMETERS, "utm", "__made-for", "Q", "q[]", ""];
const TEXTS = ["", "a", "b", "a&genre=b", "ü", "%26", "a b", "a+b", '["version-2","b"]', "1"];

interface Case {
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly version: string;
  readonly variant: string;
  readonly edition: string;
}

function drawn(draw: Draws): Case {
  return {
    host: draw.pick(["api.example", "app.example", "api.example:8080"]),
    path: draw.pick(["/api/pitches", "/api/pitches/", "/api/pitches/1", "/api/pitches%2F1", "/api/Pitches"]),
    query: Array.from({ length: draw.below(5) }, () => [draw.pick(NAMES), draw.pick(TEXTS)] as const),
    version: draw.pick(["version-1", "version-2", 'version-1","b']),
    variant: draw.pick(["", "a", "b"]),
    edition: draw.pick(["", "a"]),
  };
}

const keyed = ({ host, path, query, version, variant, edition }: Case): string | null => {
  const text = new URLSearchParams(query.map(([name, value]) => [name, value]));
  return keyOf(`https://${host}${path}?${text}`, PARAMETERS, { version, variant, edition });
};

/** All that an answer may depend on, written in no way that two could share. */
const meaning = ({ host, path, query, version, variant, edition }: Case): string => {
  const known = PARAMETERS.map((name) => query.filter(([other]) => other === name).map(([, value]) => value));
  return JSON.stringify([host, path, known, version, variant, edition]);
};

test("two requests have one key exactly when the same answer is right for both", () => {
  const meanings = new Map<string, string>();
  const keys = new Map<string, string>();
  for (let seed = 1; seed <= 20_000; seed++) {
    const one = drawn(draws(seed));
    const [key, said] = [keyed(one), meaning(one)];
    if (key === null) continue;
    expect(meanings.get(key) ?? said).toBe(said);
    expect(keys.get(said) ?? key).toBe(key);
    meanings.set(key, said);
    keys.set(said, key);
  }
  expect(keys.size).toBeGreaterThan(1000);
});

test("whoever shows who they are has no key", () => {
  const others = ["theme=dark", "pitchey-visitor=AbC", "_ga=1", "x=pitchey-refresh", "notpitchey-refresh=1"];
  const own = ["pitchey-refresh=ada", "__Host-pitchey-session=1", "PITCHEY-REFRESH=ada", "pitchey-visitors=1"];
  for (let seed = 1; seed <= 2000; seed++) {
    const draw = draws(seed);
    const cookies = Array.from({ length: draw.below(4) }, () => draw.pick(others));
    const isOwn = draw.chance(0.5);
    if (isOwn) cookies.splice(draw.below(cookies.length + 1), 0, draw.pick(own));
    const method = draw.pick(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);
    const headers = new Headers(cookies.length > 0 ? { cookie: cookies.join(draw.pick(["; ", ";"])) } : {});
    const authorised = draw.chance(0.3);
    if (authorised) headers.set("Authorization", draw.pick(["Bearer a.b.c", "Basic x", "x"]));
    const reads = method === "GET" || method === "HEAD";
    const request = { method, headers } as Request;
    expect(isAnybodys(request), JSON.stringify([method, cookies, authorised])).toBe(reads && !isOwn && !authorised);
  }
});

test("a key that would be too long is none", () => {
  const long = `https://a.example/?q=${"x".repeat(2000)}`;
  expect(keyOf(long, ["q"], { version: "v", variant: "", edition: "" })).toBeNull();
  expect(keyOf(long, [], { version: "v", variant: "", edition: "" })).not.toBeNull();
});

test("workers.dev has no cache", () => {
  expect(hasEdgeCache("https://a.b.workers.dev/x")).toBe(false);
  expect(hasEdgeCache("https://workers.dev.example/x")).toBe(true);
});
