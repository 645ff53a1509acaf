import { beforeEach, expect, test } from "vitest";
import { Client } from "../src/api/client";
import { apiOrigin } from "../src/api/origin";
import { Problem, problemOf, SIGNED_OUT } from "../src/api/problem";
import { Session } from "../src/api/session";

const API = "https://api.example.com";
const ADA = { id: "a", email: "ada@example.com", name: "Ada", role: "creator" } as const;

let now: number;
let sent: { url: string; init: RequestInit & { headers: Record<string, string> } }[];
let answers: (Response | Error)[];
let hints: Map<string, string>;

beforeEach(() => {
  now = 1000;
  sent = [];
  answers = [];
  hints = new Map();
});

function made(): Client {
  const kept = {
    getItem: (key: string) => hints.get(key) ?? null,
    setItem: (key: string, value: string) => void hints.set(key, value),
    removeItem: (key: string) => void hints.delete(key),
  };
  const send = async (url: string, init: RequestInit) => {
    sent.push({ url, init: init as never });
    const answer = answers.shift() ?? new Error("nothing was expected");
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return new Client(API, new Session(kept, () => now), send as typeof fetch, (work) => work());
}

const ok = (body: unknown) => Response.json(body);
const signedIn = (accessToken: string) => ok({ accessToken, expiresIn: 900, person: ADA });
const refused = (status: number, headers = {}) => Response.json({ status, detail: "no" }, { status, headers });
const tokens = () => sent.map(({ init }) => init.headers["authorization"]);

test("a stranger asks for nothing that cannot be there, and sends no cookie", async () => {
  answers = [ok({ pitches: [] })];
  expect(await made().json("GET", "/api/pitches")).toEqual({ pitches: [] });
  expect(sent.map(({ url }) => url)).toEqual([`${API}/api/pitches`]);
  expect(sent[0]?.init.credentials).toBe("omit");
  expect(sent[0]?.init.headers).toEqual({});
});

test("after a reload the cookie brings a token, once for all who wait for it", async () => {
  hints.set("pitchey-signed-in", "1");
  const client = made();
  answers = [signedIn("one"), ok(1), ok(2)];
  await Promise.all([client.json("GET", "/api/a"), client.json("GET", "/api/b")]);
  expect(sent.map(({ url }) => url.slice(API.length))).toEqual(["/api/sessions/refresh", "/api/a", "/api/b"]);
  expect(sent[0]?.init.credentials).toBe("include");
  expect(sent[0]?.init.headers["pitchey-csrf"]).toBe("1");
  expect(tokens()).toEqual([undefined, "Bearer one", "Bearer one"]);
  expect(client.session.person).toEqual(ADA);
});

test("the token is in no storage", async () => {
  const client = made();
  client.session.begin({ accessToken: "secret", expiresIn: 900, person: ADA });
  expect(JSON.stringify([...hints])).not.toContain("secret");
});

test("a token that is about to expire is exchanged before it is used", async () => {
  const client = made();
  client.session.begin({ accessToken: "one", expiresIn: 900, person: ADA });
  answers = [ok(1)];
  now += 869;
  await client.json("GET", "/api/a");
  now += 2;
  answers = [signedIn("two"), ok(2)];
  await client.json("GET", "/api/a");
  expect(tokens()).toEqual(["Bearer one", undefined, "Bearer two"]);
});

test("a token that is refused is exchanged, and the request sent once more", async () => {
  const client = made();
  client.session.begin({ accessToken: "one", expiresIn: 900, person: ADA });
  answers = [refused(401), signedIn("two"), refused(401)];
  await expect(client.json("POST", "/api/a", { body: { b: 1 } })).rejects.toMatchObject({ status: 401 });
  expect(tokens()).toEqual(["Bearer one", undefined, "Bearer two"]);
  expect(sent[2]?.init.body).toBe('{"b":1}');
});

test("what nobody signed in may do is not tried, and what was written is kept", async () => {
  hints.set("pitchey-signed-in", "a");
  answers = [refused(401), ok(1)];
  const client = made();
  await expect(client.json("POST", "/api/a", { body: { b: 1 } })).rejects.toMatchObject({ status: 401, detail: SIGNED_OUT });
  expect(sent.map(({ url }) => url.slice(API.length))).toEqual(["/api/sessions/refresh"]);
  // What strangers may read is read.
  hints.set("pitchey-signed-in", "a");
  answers = [refused(401), ok(1)];
  expect(await client.json("GET", "/api/a")).toBe(1);
});

test("an answer that breaks off is a problem of the network", async () => {
  const broken = () => new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError("terminated")) }));
  answers = [broken(), broken()];
  const client = made();
  await expect(client.json("GET", "/api/a")).rejects.toMatchObject({ name: "Problem", status: 0 });
  await expect(client.file("/api/a")).rejects.toMatchObject({ name: "Problem", status: 0 });
});

test("a tab notices that another one has signed somebody in or out", () => {
  const { session } = made();
  expect(session.isOutdated).toBe(false);
  session.begin({ accessToken: "one", expiresIn: 900, person: ADA });
  expect(session.isOutdated).toBe(false);
  hints.set("pitchey-signed-in", "b");
  expect(session.isOutdated).toBe(true);
  hints.delete("pitchey-signed-in");
  expect(session.isOutdated).toBe(true);
  session.forget();
  expect([session.isOutdated, session.person, session.token]).toEqual([false, null, null]);
});

test("a session that is over is told once, and its hint is gone", async () => {
  hints.set("pitchey-signed-in", "1");
  const client = made();
  let changes = 0;
  client.session.begin({ accessToken: "one", expiresIn: 0, person: ADA });
  client.session.onChange = () => void (changes += 1);
  answers = [refused(401), ok(1), ok(2)];
  await client.json("GET", "/api/a");
  await client.json("GET", "/api/a");
  expect(client.session.person).toBeNull();
  expect([changes, hints.size, sent.length]).toEqual([1, 0, 3]);
});

test("a server in trouble signs nobody out", async () => {
  hints.set("pitchey-signed-in", "1");
  const client = made();
  answers = [refused(503, { "retry-after": "3" }), new TypeError("fetch failed")];
  await expect(client.refresh()).rejects.toMatchObject({ status: 503, retryAfterSeconds: 3 });
  await expect(client.refresh()).rejects.toMatchObject({ status: 0 });
  expect(client.session.isPromised).toBe(true);
});

test("an aborted request is no problem of the network", async () => {
  const leaving = new AbortController();
  answers = [new DOMException("left", "AbortError")];
  leaving.abort();
  await expect(made().json("GET", "/api/a", { signal: leaving.signal })).rejects.toMatchObject({ name: "AbortError" });
});

test("problems are read field by field, and never fail to be read", async () => {
  const errors = [{ at: "/email", detail: "is wrong" }, { at: "/email", detail: "again" }, { at: "q", detail: "long" }, 7];
  const told = await problemOf(Response.json({ detail: "the body is not as it must be", errors }, { status: 422 }));
  expect([...told.fields]).toEqual([["email", "is wrong"], ["q", "long"]]);
  expect(told.sentence).toBe("The body is not as it must be.");
  expect((await problemOf(new Response("<html>", { status: 502 }))).sentence).toBe("Something went wrong on our side.");
  expect((await problemOf(Response.json(null, { status: 404 }))).detail).toContain("404");
  expect(new Problem(429, "too many requests", new Map(), 1).sentence).toBe("Too many requests. Try again in a second.");
});

test("the API is under the local cloud's names where the page is", () => {
  const place = (protocol: string, hostname: string, port: string) => ({ protocol, hostname, port });
  const plain = "https://api.me.workers.dev";
  const https = place("https:", "app.example.com.localhost", "4802");
  const http = place("http:", "site.pages.dev.localhost", "4801");
  expect(apiOrigin(API, plain, place("https:", "app.example.com", ""))).toBe(API);
  expect(apiOrigin(API, plain, https)).toBe("https://api.example.com.localhost:4802");
  // No certificate is needed there, on either side.
  expect(apiOrigin(API, plain, http)).toBe("http://api.me.workers.dev.localhost:4801");
  expect(apiOrigin(API, "", http)).toBe("http://api.example.com.localhost:4801");
});
