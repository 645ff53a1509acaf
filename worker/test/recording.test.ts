/** What the application's Worker counts of its requests, how it gets to the recorders, and what they make of it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { issueAccess, keysOf } from "../src/security/tokens";
import type { Heard } from "../rollouts/recorder";
import { type Counts, noCounts, type Report } from "../src/recording/counts";
import { ask, type Cloud, counted, pause, SECRETS, said, start, tell, TOKEN, until } from "./workers";

let running: Miniflare;
afterEach(() => running.dispose());
afterAll(() => {
  for (const secret of [...Object.values(SECRETS), TOKEN]) expect(said.join("\n")).not.toContain(secret);
});

const begin = (versions: Cloud["versions"] = { one: {} }) => {
  running = start({ versions });
};
const get = (path: string, init = {}, version = "one") => ask(running, version, path, init);
const times = async (count: number, work: () => Promise<unknown>) => {
  for (let i = 0; i < count; i++) await work();
};
const continent = ({ segments }: Counts) =>
  Object.keys(segments).find((name) => /^continent:[A-Z]{2}$/.test(name)) ?? "none";
/** Wraps the binding: every call is noted, with its time, and goes on unless `refuse` says no. */
const listening = (refuse = "false") => `
  changed.RECORDER = { getByName: (name) => ({
    ping: () => env.RECORDER.getByName(name).ping(),
    record: async (reports) => {
      calls.push({ at: Date.now(), name, reports });
      if (${refuse}) throw new Error("down");
      return env.RECORDER.getByName(name).record(reports);
    },
  }) };`;

describe("a request", () => {
  test("is counted under the version that served it, with route, visitor and latency", async () => {
    begin({ one: {}, two: {} });
    await times(3, () => get("/version"));
    await times(2, () => get("/counter/a/increment", { method: "POST" }));
    await get("/nothing/at/all");
    await get("/version", {}, "two");
    const one = await counted(running, "one", 6);
    expect(one).toMatchObject({ requests: 6, errors: 0, probes: { requests: 0, errors: 0 } });
    // The edge that runs here says where it is by itself.
    const { [continent(one)]: where, ...others } = one.segments;
    expect(where).toEqual([6, 0]);
    expect(others).toEqual({
      "route:GET /version": [3, 0],
      "route:POST /counter": [2, 0],
      "route:other": [1, 0],
      "visitor:new": [6, 0],
    });
    expect(Object.values(one.latency).reduce((sum, n) => sum + n, 0)).toBe(6);
    expect((await counted(running, "two", 1)).requests).toBe(1);
  });

  test("that fails inside is an error; one that is refused is not", async () => {
    begin({ one: { changes: "changed.COUNTER = { getByName() { throw new Error('inner') } };" } });
    expect((await get("/counter/a")).status).toBe(500);
    expect((await get("/counter/a", { method: "PUT" })).status).toBe(500);
    expect((await get("/version", { method: "POST" })).status).toBe(405);
    const { requests, errors, segments } = await counted(running, "one", 3);
    expect([requests, errors]).toEqual([3, 2]);
    expect(segments["route:GET /counter"]).toEqual([1, 1]);
    expect(segments["route:POST /version"]).toEqual([1, 0]);
  });

  test("of our own is counted apart from users', and gets no cookie", async () => {
    begin({ one: { changes: "changed.COUNTER = { getByName() { throw new Error('inner') } };" } });
    const headers = { "pitchey-probe": "1" };
    expect((await get("/version", { headers })).headers.get("set-cookie")).toBeNull();
    await get("/counter/a", { headers });
    await get("/version");
    const counts = await counted(running, "one", 3);
    expect(counts.probes).toEqual({ requests: 2, errors: 1 });
    expect(counts).toMatchObject({ requests: 1, errors: 0 });
    expect(Object.keys(counts.segments).sort()).toEqual([continent(counts), "route:GET /version", "visitor:new"]);
  });

  test("says how cache and database did", async () => {
    begin({
      one: {
        changes: `
          changed.FLAGS = { get: async (name) => { if (name === "bad") throw new Error("down"); return env.FLAGS.get(name); } };
          changed.DATABASE = { connect() { throw new Error("down") } };`,
      },
    });
    await times(2, () => get("/flags/good"));
    expect((await get("/flags/bad")).status).toBe(500);
    expect((await get("/health")).status).toBe(503);
    const { counters } = await counted(running, "one", 4);
    // CACHE and FLAGS each once for /health; FLAGS cannot be written there.
    expect(counters["cache.requests"]).toBe(5);
    expect(counters["cache.failures"]).toBe(2);
    expect(counters["database.requests"]).toBe(1);
    expect(counters["database.failures"]).toBe(1);
  });

  test("with a forged token is a security signal; with an old or a foreign one it is not", async () => {
    begin();
    const now = Math.floor(Date.now() / 1000);
    const encode = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "");
    const [ours, lost] = await Promise.all(
      [SECRETS.JWT_SECRET, "another-key-0123456789abcdef0123456789"].map((JWT_SECRET) => keysOf({ JWT_SECRET })),
    );
    const access = { person: "p", role: "creator", session: "s" } as const;
    const issued = (keys: typeof ours, at: number, environment = "test") => issueAccess(keys, environment, at, access);
    const [head, body, signature] = (await issued(ours, now)).split(".");
    const changed = JSON.parse(atob((body ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    const forged = [
      `${encode({ alg: "none" })}.${body}.`,
      `${encode({ alg: "None" })}.${body}.${signature}`,
      `${head}.${encode({ ...changed, role: "operator" })}.${signature}`,
      await issued(lost, now),
    ];
    const innocent = [
      await issued(ours, now - 3600),
      await issued(lost, now - 3600),
      await issued(lost, now, "production"),
      `${encode({ alg: "RS256" })}.${body}.${signature}`,
      "nonsense",
    ];
    for (const token of [...forged, ...innocent]) {
      const headers = { authorization: `Bearer ${token}` };
      expect((await get("/flags/x", { method: "PUT", headers, body: "1" })).status).toBe(401);
    }
    expect((await counted(running, "one", 9)).counters.security).toBe(forged.length);
  });
});

describe("a visitor", () => {
  const KEY = "cloudflare-workers-version-key";
  const DRAWN = "49887398-6bcf-485f-8899-f15dbef4d1d5";
  const given = async (headers: Record<string, string>) =>
    (await get("/version", { headers })).headers.get("set-cookie");
  const id = (cookie: string | null) => /^pitchey-visitor=([^;]*);/.exec(cookie ?? "")?.[1];

  test("gets a random id for 30 days with the first answer, and keeps it", async () => {
    begin();
    const cookies = await Promise.all([get("/version"), get("/nothing")]);
    const ids = cookies.map((answer) => {
      const cookie = answer.headers.get("set-cookie");
      expect(cookie).toMatch(
        /^pitchey-visitor=[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}; Path=\/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax$/,
      );
      return id(cookie);
    });
    expect(ids[0]).not.toBe(ids[1]);
    expect(await given({ cookie: `theme=dark; pitchey-visitor=${ids[0]}` })).toBeNull();
    expect(await given({ cookie: "pitchey-visitor=short" })).not.toBeNull();
    const { segments } = await counted(running, "one", 4);
    expect(segments["visitor:returning"]).toEqual([1, 0]);
    expect(segments["visitor:new"]).toEqual([3, 0]);
  });

  test("is called by the version key of the first request, and by no other later", async () => {
    begin();
    const cookie = await given({ [KEY]: DRAWN });
    expect(cookie).toBe(
      `pitchey-visitor=${DRAWN}; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax`,
    );
    expect(await given({ [KEY]: DRAWN, cookie: `pitchey-visitor=${DRAWN}` })).toBeNull();
    const other = DRAWN.replace("4", "5");
    expect(await given({ [KEY]: other, cookie: `pitchey-visitor=${DRAWN}` })).toBeNull();
  });

  test("keeps an id from before keys were drawn", async () => {
    begin();
    expect(await given({ cookie: "pitchey-visitor=AbC-_123AbC-_123AbC-_1" })).toBeNull();
  });

  test.each([
    "user-7",
    `${DRAWN}; Domain=example.com`,
    `${DRAWN}, ${DRAWN}`,
    DRAWN.toUpperCase(),
    `x${DRAWN}`,
    `${DRAWN}0`,
    "",
  ])("gets an id of its own where the key is none that a zone draws: %s", async (key) => {
    begin();
    const cookie = (await given({ [KEY]: key })) ?? "";
    expect(id(cookie)).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(id(cookie)).not.toBe(DRAWN);
    expect(cookie).not.toContain("Domain");
  });
});

describe("the recorder's absence", () => {
  /** Whoever waited for a report would wait a second for it to be sent. */
  const nobodyWaits = async (requests: number) => {
    // The isolate has started when this is answered.
    await get("/test/calls");
    for (let i = 0; i < requests; i++) {
      const started = Date.now();
      expect((await get("/version")).status).toBe(200);
      expect(Date.now() - started).toBeLessThan(900);
    }
  };

  test("is nothing to users: down, they are served, and what was counted comes later", async () => {
    begin({ one: { changes: listening("calls.length <= 2") } });
    await nobodyWaits(20);
    expect((await counted(running, "one", 20)).requests).toBe(20);
    const calls = (await get("/test/calls")).json;
    expect(calls.length).toBe(3);
  });

  test("is nothing to users: hanging, they are served all the same, health too", async () => {
    begin({
      one: { changes: `changed.RECORDER = { getByName: () => ({ ping: () => new Promise(() => {}), record: () => new Promise(() => {}) }) };` },
    });
    await nobodyWaits(10);
    const health = await get("/health");
    expect(health.status).toBe(200);
    expect(health.json.status).toBe("ok");
    expect(health.json.bindings.RECORDER.status).toBe("failing");
  });

  test("from the settings changes nothing but that nothing is counted", async () => {
    begin({ one: { changes: "delete changed.RECORDER;" } });
    expect((await get("/version")).status).toBe(200);
    const health = await get("/health");
    expect(health.status).toBe(200);
    expect(health.json.bindings).not.toHaveProperty("RECORDER");
    await pause(2500);
    expect((await tell(running, "GET", "/metrics?after=0")).json.versions).toEqual({});
  });

  test("is seen in health when it is there", async () => {
    begin();
    expect((await get("/health")).json.bindings.RECORDER.status).toBe("ok");
  });
});

test.each([
  ["answers", "false", 1],
  ["fails", "true", 1],
])("an isolate calls at most once a second while the recorder %s", async (_, refuse) => {
  begin({ one: { changes: listening(refuse) } });
  let calls: { at: number; name: string }[] = [];
  while (calls.length < 4) {
    await Promise.all([get("/version"), get("/version"), pause(20)]);
    calls = (await get("/test/calls")).json;
  }
  // Each in a second of its own, from the middle of one to that of the next; a timer may wake a little early.
  const seconds = calls.map(({ at }) => Math.floor((at - 450) / 1000));
  expect(new Set(seconds).size).toBe(calls.length);
  expect((calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0)).toBeGreaterThan(1000 * (calls.length - 1) - 400);
  expect(new Set(calls.map(({ name }) => name)).size).toBe(1);
});

describe("a recorder", () => {
  const report = (id: string, version: string, counts: object = { requests: 1 }) =>
    ({ id, version, counts: { ...noCounts(), ...counts } }) as Report;
  const recorder = async (name = "recorder-0") => {
    const namespace = await running.getDurableObjectNamespace("RECORDER", "rollouts");
    return namespace.get(namespace.idFromName(name)) as unknown as {
      record(reports: unknown): Promise<Heard>;
    };
  };
  const metrics = async (query = "after=0") => (await tell(running, "GET", `/metrics?${query}`)).json;

  test("and the three others are read as one, up to the second that all have completed", async () => {
    begin({});
    for (const shard of [0, 1, 2, 3]) {
      await (await recorder(`recorder-${shard}`)).record([
        report(`r-${shard}`, "v-1", { requests: 2, errors: 1, latency: { "5": 2 }, segments: { "visitor:new": [2, 1] } }),
      ]);
    }
    const first = await metrics();
    expect(first.through).toBeLessThan(Math.floor(first.now));
    expect(first.lastSeen["v-1"]).toBeGreaterThan(first.now - 5);
    const read = await until(() => metrics(), ({ versions }) => versions["v-1"]?.requests === 8);
    expect(read.versions["v-1"]).toMatchObject({ requests: 8, errors: 4, latency: { "5": 8 } });
    expect(read.versions["v-1"].segments).toEqual({ "visitor:new": [8, 4] });
    expect((await metrics(`after=${read.through}`)).versions).toEqual({});
  });

  test("tells every second once: what is read piece by piece is all there is", async () => {
    begin({});
    const one = await recorder();
    let [after, sum, sent] = [0, 0, 0];
    const end = Date.now() + 4000;
    const read = async () => {
      const { through, versions } = await metrics(`after=${after}`);
      sum += versions["v-1"]?.requests ?? 0;
      after = through;
    };
    while (Date.now() < end) {
      await one.record([report(`r-${sent++}`, "v-1")]);
      await read();
      await pause(30);
    }
    await pause(1100);
    await read();
    expect(sum).toBe(sent);
  });

  test("gives slices that add up to the whole", async () => {
    begin({});
    for (let i = 0; i < 4; i++) {
      await (await recorder(`recorder-${i}`)).record([report(`r-${i}`, "v-1")]);
      await pause(700);
    }
    await pause(1100);
    const { slices, versions, through } = await metrics("after=0&every=2");
    expect(slices.length).toBeGreaterThan(1);
    let [sum, last] = [0, 0];
    for (const { start: from, end, versions: part } of slices) {
      expect(end - from).toBeLessThanOrEqual(2);
      expect(from).toBeGreaterThanOrEqual(last);
      expect(end).toBeLessThanOrEqual(through + 1);
      last = end;
      sum += part["v-1"].requests;
    }
    expect(sum).toBe(4);
    expect(versions["v-1"].requests).toBe(4);
  });

  test("counts a report once that was sent twice", async () => {
    begin({});
    const one = await recorder();
    await one.record([report("same", "v-1")]);
    await one.record([report("same", "v-1"), report("other", "v-1")]);
    await pause(1500);
    expect((await metrics()).versions["v-1"].requests).toBe(2);
  });

  test("survives whatever it is given, keeps what makes sense, and says how much did not", async () => {
    begin({});
    const one = await recorder();
    const odd = [null, 7, "x", [], {}, { id: "a", version: "__proto__", counts: {} }, { id: "b", version: "v-1" }];
    for (const reports of [undefined, null, 5, "x", odd]) await one.record(reports);
    await one.record([
      report("c", "v-1", {
        requests: 2,
        errors: 99,
        latency: { "3": 2, "201": 1, x: 1, "4": -1 },
        counters: { security: 1, __proto__: 4, "": 1, bad: Number.NaN },
        segments: { "route:GET /": [2, 1], nonsense: [1, 1], "route:x": "no" },
      }),
    ]);
    await pause(1500);
    const { versions, dropped } = await metrics();
    expect(Object.keys(versions)).toEqual(["v-1"]);
    expect(versions["v-1"]).toMatchObject({
      requests: 2,
      errors: 2,
      latency: { "3": 2 },
      counters: { security: 1 },
      segments: { "route:GET /": [2, 1] },
    });
    expect(dropped).toBeGreaterThanOrEqual(13);
  });

  test("keeps 16 versions a second and 48 segments a version, the rest under route:other", async () => {
    begin({});
    const one = await recorder();
    const segments = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`route:GET /${i}`, [1, 0]]));
    const reports = Array.from({ length: 20 }, (_, i) => report(`r-${i}`, `v-${i}`, { requests: 50, segments }));
    await one.record(reports);
    await pause(1500);
    const { versions, dropped } = await metrics();
    expect(Object.keys(versions)).toHaveLength(16);
    expect(dropped).toBe(4);
    expect(Object.keys(versions["v-0"].segments)).toHaveLength(48);
    expect(versions["v-0"].segments["route:other"]).toEqual([3, 0]);
  });

  test("has written down what is over when it is stopped", async () => {
    const persist = await mkdtemp(join(tmpdir(), "recorder-"));
    running = start({ persist });
    await (await recorder()).record([report("r", "v-1")]);
    await pause(1500);
    await running.dispose();
    running = start({ persist });
    const { versions, lastSeen } = await metrics();
    await rm(persist, { recursive: true });
    expect(versions["v-1"].requests).toBe(1);
    expect(lastSeen["v-1"]).toBeGreaterThan(0);
  });

  test("that does not answer is told, instead of numbers that lack its part", async () => {
    const changes = `
      const { RECORDER } = env;
      const broken = { progress() { throw new Error("down") } };
      changed.RECORDER = { getByName: (name) => (name === "recorder-2" ? broken : RECORDER.getByName(name)) };`;
    running = start({ changes });
    const answer = await tell(running, "GET", "/metrics?after=0");
    expect(answer.status).toBe(503);
    expect(answer.json.detail).toBe("a recorder does not answer");
  });
});
