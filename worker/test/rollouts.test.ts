/** The Rollouts Worker: ledger, lease and dead-man's switch. */

import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Receiver } from "./receiver";
import { Api, ask, DEPLOYMENTS_TOKEN, pause, said, start, TOKEN, tell, until } from "./workers";

const ENTRY = { kind: "step", rollout: "r-1", body: { share: 5 } };
const ARMED = { account: "a".repeat(32), script: "pitchey-api-test", stable: "v-1", candidate: "v-2", rollout: "r-1" };

let running: Miniflare;
let api: Api;
let bindings: Record<string, unknown>;
/** For what leaves no trace. */
let shared: Miniflare;
beforeAll(() => {
  shared = start({ bindings: { DEPLOYMENTS_TOKEN } });
});
beforeEach(async () => {
  api = new Api();
  bindings = { DEPLOYMENTS_TOKEN, CLOUDFLARE_BASE_URL: await api.listen() };
  running = shared;
});
afterEach(async () => {
  if (running !== shared) await running.dispose();
  api.close();
});
afterAll(async () => {
  await shared.dispose();
  for (const secret of [TOKEN, DEPLOYMENTS_TOKEN]) expect(said.join("\n")).not.toContain(secret);
});

const fresh = () => {
  running = start({ bindings });
};
const call = (method: string, path: string, body?: unknown) => tell(running, method, path, body);
const take = async (seconds = 60, more = {}) =>
  (await call("POST", "/lease", { holder: "me", seconds, ...more })).json.fence as number;

describe("the token", () => {
  test.each([
    ["none", undefined],
    ["another", "Bearer wrong"],
    ["one that begins alike", `Bearer ${TOKEN}x`],
    ["the scheme alone", "Bearer "],
    ["another scheme", `Basic ${TOKEN}`],
  ])("%s is refused everywhere but for health", async (_, authorization) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const path of ["/metrics", "/ledger", "/lease", "/switch", "/nothing"]) {
      const answer = await ask(running, "rollouts", path, { headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect((await ask(running, "rollouts", "/health", { headers })).json).toEqual({ status: "ok" });
  });

  test.each(["", "short"])("of the Worker itself that is %j opens nothing", async (ROLLOUTS_TOKEN) => {
    const poor = start({ bindings: { ROLLOUTS_TOKEN } });
    const headers = { authorization: `Bearer ${ROLLOUTS_TOKEN}` };
    const answer = await ask(poor, "rollouts", "/ledger", { headers });
    await poor.dispose();
    expect(answer.status).toBe(401);
  });
});

describe("the ledger", () => {
  beforeEach(fresh);

  test("takes entries under a lease, all of a call or none, in order", async () => {
    const fence = await take();
    const before = Date.now() / 1000 - 1;
    const two = await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY, { ...ENTRY, kind: "verdict" }] });
    expect(two.json).toEqual({ last: 2 });
    const bad = await call("POST", "/ledger", { fence, after: 2, entries: [ENTRY, { ...ENTRY, kind: "No" }] });
    expect(bad.status).toBe(400);
    expect(bad.json.detail).toContain("entries[1].kind");
    const { entries, last, lease, switch: armed } = (await call("GET", "/ledger?after=0")).json;
    expect(entries.map((entry: { seq: number }) => entry.seq)).toEqual([1, 2]);
    expect(entries[0]).toMatchObject({ ...ENTRY, fence });
    expect(entries[0].at).toBeGreaterThan(before);
    expect(last).toBe(2);
    expect(lease).toMatchObject({ holder: "me", fence });
    expect(armed).toBeNull();
  });

  test("refuses what was decided on an old state, and says how far it has come", async () => {
    const fence = await take();
    await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY] });
    const answer = await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY] });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ title: "Conflict", last: 1 });
    expect((await call("GET", "/ledger")).json.entries).toHaveLength(1);
  });

  test("lets one of many writers at once through", async () => {
    const fence = await take();
    const body = { fence, after: 0, entries: [ENTRY] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", "/ledger", body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
  });

  test("takes a request from anybody, of any rollout, and nothing else without a fence", async () => {
    const request = { kind: "request", rollout: "never-heard-of", body: { verb: "pause" } };
    expect((await call("POST", "/ledger/requests", request)).json).toEqual({ last: 1 });
    expect((await call("POST", "/ledger/requests", { ...request, kind: "step" })).status).toBe(400);
    expect((await call("GET", "/ledger")).json.entries[0]).toMatchObject({ ...request, seq: 1, fence: null });
  });

  test("is read from where one left off, by kind, and in pages", async () => {
    const fence = await take();
    const kinds = ["step", "verdict", "step", "note", "step"];
    await call("POST", "/ledger", { fence, after: 0, entries: kinds.map((kind) => ({ ...ENTRY, kind })) });
    const read = async (query: string) => {
      const { entries, more, last } = (await call("GET", `/ledger?${query}`)).json;
      return { seqs: entries.map((entry: { seq: number }) => entry.seq), more, last };
    };
    expect(await read("after=3")).toEqual({ seqs: [4, 5], more: false, last: 5 });
    expect(await read("after=0&limit=2")).toEqual({ seqs: [1, 2], more: true, last: 5 });
    expect(await read("kinds=verdict,note")).toEqual({ seqs: [2, 4], more: false, last: 5 });
    expect(await read("after=5")).toEqual({ seqs: [], more: false, last: 5 });
  });

  test("keeps a body as it came, up to 64 KiB", async () => {
    const fence = await take();
    const bodies = [null, [1, "ü😀"], { __proto__: null, a: { b: [] } }, "x".repeat(65_000)];
    await call("POST", "/ledger", { fence, after: 0, entries: bodies.map((body) => ({ ...ENTRY, body })) });
    const { entries } = (await call("GET", "/ledger")).json;
    expect(entries.map((entry: { body: unknown }) => entry.body)).toEqual(bodies);
    const large = { ...ENTRY, kind: "request", body: "x".repeat(65_537) };
    expect((await call("POST", "/ledger/requests", large)).status).toBe(413);
  });
});

describe("the lease", () => {
  beforeEach(fresh);

  test("has one holder; the next one's fence is higher, and the old one is dead", async () => {
    expect(await take()).toBe(1);
    const refused = await call("POST", "/lease", { holder: "you", seconds: 60 });
    expect(refused.status).toBe(409);
    expect(refused.json.holder).toBe("me");
    expect(refused.json.until).toBeGreaterThan(Date.now() / 1000 + 50);
    expect(await take(60, { take: true })).toBe(2);
    expect((await call("POST", "/ledger", { fence: 1, after: 0, entries: [ENTRY] })).status).toBe(412);
    for (const [method, path] of [["PUT", "/lease"], ["DELETE", "/lease"], ["DELETE", "/switch"]] as const) {
      expect((await call(method, path, { fence: 1, seconds: 60 })).status).toBe(412);
    }
    expect((await call("PUT", "/switch", { fence: 1, ...ARMED })).status).toBe(412);
    expect((await call("POST", "/ledger", { fence: 2, after: 0, entries: [ENTRY] })).status).toBe(200);
  });

  test("that ran out lets nothing through, and anybody takes it", async () => {
    const fence = await take(1);
    await pause(1100);
    expect((await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY] })).status).toBe(412);
    expect((await call("PUT", "/lease", { fence, seconds: 60 })).status).toBe(412);
    expect((await call("GET", "/ledger")).json.lease).toBeNull();
    expect(await take()).toBe(fence + 1);
  });

  test("that is renewed goes on", async () => {
    const fence = await take(1);
    expect((await call("PUT", "/lease", { fence, seconds: 60 })).json.until).toBeGreaterThan(Date.now() / 1000 + 50);
    await pause(1100);
    expect((await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY] })).status).toBe(200);
  });

  test("that was given back is free at once, and its fence is not used again", async () => {
    const fence = await take();
    expect((await call("DELETE", "/lease", { fence })).status).toBe(204);
    expect((await call("DELETE", "/lease", { fence })).status).toBe(412);
    expect(await take()).toBe(fence + 1);
  });
});

test("what was written is there after a restart: entries, lease, fence and switch", async () => {
  const persist = await mkdtemp(join(tmpdir(), "ledger-"));
  const first = start({ persist, bindings });
  const { fence, until: end } = (await tell(first, "POST", "/lease", { holder: "me", seconds: 60 })).json;
  await tell(first, "POST", "/ledger", { fence, after: 0, entries: [ENTRY] });
  await tell(first, "PUT", "/switch", { fence, ...ARMED });
  await first.dispose();
  const second = start({ persist, bindings });
  const { entries, lease, switch: armed } = (await tell(second, "GET", "/ledger")).json;
  const next = await tell(second, "POST", "/ledger", { fence, after: 1, entries: [ENTRY] });
  await second.dispose();
  await rm(persist, { recursive: true });
  expect(entries[0]).toMatchObject(ENTRY);
  expect(lease).toEqual({ holder: "me", fence, until: end });
  expect(armed).toMatchObject({ ...ARMED, phase: "armed", fence });
  expect(next.json).toEqual({ last: 2 });
});

describe("the dead-man's switch", () => {
  beforeEach(fresh);

  const split = [
    { version_id: "v-1", percentage: 90 },
    { version_id: "v-2", percentage: 10 },
  ];
  const stable = [{ version_id: "v-1", percentage: 100 }];

  const arm = async (seconds = 1) => {
    const fence = await take(seconds);
    expect((await call("PUT", "/switch", { fence, ...ARMED })).status).toBe(200);
    return fence;
  };
  const switched = async () => {
    const read = async () => (await call("GET", "/ledger?kinds=switched")).json;
    const { entries, lease, switch: armed } = await until(read, ({ entries }) => entries.length > 0);
    return { entry: entries[0], entries, lease, armed };
  };

  test("puts stable back when the lease runs out, says so, and is disarmed", async () => {
    api.live = split;
    const fence = await arm();
    const started = Date.now();
    const { entry, lease, armed } = await switched();
    expect(Date.now() - started).toBeLessThan(5000);
    expect(api.live).toEqual(stable);
    expect(entry).toMatchObject({ rollout: "r-1", fence: fence + 1 });
    expect(entry.body).toMatchObject({ stable: "v-1", deployed: true, superseded: false, tries: 1 });
    expect(entry.body.found).toEqual([
      { version: "v-1", percentage: 90 },
      { version: "v-2", percentage: 10 },
    ]);
    expect([lease, armed]).toEqual([null, null]);
    const [post] = api.posts;
    expect(post?.url).toBe(
      `/client/v4/accounts/${ARMED.account}/workers/scripts/pitchey-api-test/deployments?force=true`,
    );
    expect(post?.token).toBe(`Bearer ${DEPLOYMENTS_TOKEN}`);
    expect(post?.body).toEqual({
      strategy: "percentage",
      versions: stable,
      annotations: { "workers/message": "pitchey rollouts: dead-man's switch put stable back (rollout r-1)" },
    });
    expect((await call("POST", "/ledger", { fence, after: 1, entries: [ENTRY] })).status).toBe(412);
  });

  test.each([
    ["stable serves everything already", stable],
    ["a foreign deployment is live", [{ version_id: "v-9", percentage: 100 }]],
    [
      "both versions have nothing",
      [
        { version_id: "v-9", percentage: 100 },
        { version_id: "v-1", percentage: 0 },
      ],
    ],
  ])("does nothing when %s, and says so", async (_, live) => {
    api.live = live;
    await arm();
    const { entry, armed } = await switched();
    expect(api.posts).toHaveLength(0);
    expect(entry.body).toMatchObject({ deployed: false, tries: 1 });
    expect(armed).toBeNull();
  });

  test("takes a candidate at 0 % out of the deployment", async () => {
    api.live = [...stable, { version_id: "v-2", percentage: 0 }];
    await arm();
    const { entry } = await switched();
    expect(api.live).toEqual(stable);
    expect(entry.body).toMatchObject({ deployed: true, tries: 1 });
  });

  test("puts stable back from the candidate alone", async () => {
    api.live = [{ version_id: "v-2", percentage: 100 }];
    await arm();
    await switched();
    expect(api.live).toEqual(stable);
  });

  test("stays quiet while the lease is renewed, and when it was disarmed", async () => {
    api.live = split;
    const fence = await arm();
    for (let i = 0; i < 4; i++) {
      await pause(500);
      expect((await call("PUT", "/lease", { fence, seconds: 1 })).status).toBe(200);
    }
    expect((await call("DELETE", "/switch", { fence })).status).toBe(204);
    await pause(1500);
    expect(api.calls).toHaveLength(0);
  });

  test.each(["finished", "returned"])("is disarmed by the entry %s, together with it", async (kind) => {
    api.live = split;
    const fence = await arm();
    const over = { kind, rollout: "r-1", body: {} };
    expect((await call("POST", "/ledger", { fence, after: 0, entries: [ENTRY, over] })).status).toBe(200);
    expect((await call("GET", "/ledger")).json.switch).toBeNull();
    await pause(2000);
    expect(api.calls).toHaveLength(0);
  });

  test("stays armed when another rollout ends, and when nothing was written", async () => {
    api.live = split;
    const fence = await arm();
    const other = { kind: "finished", rollout: "r-0", body: {} };
    expect((await call("POST", "/ledger", { fence, after: 0, entries: [other] })).status).toBe(200);
    const over = { kind: "finished", rollout: "r-1", body: {} };
    expect((await call("POST", "/ledger", { fence, after: 0, entries: [over] })).status).toBe(409);
    await switched();
    expect(api.live).toEqual(stable);
  });

  test("goes by the lease as it was renewed last, though that be shorter", async () => {
    api.live = split;
    const fence = await arm(600);
    await call("PUT", "/lease", { fence, seconds: 1 });
    await switched();
    expect(api.live).toEqual(stable);
  });

  test("finds by reading that a deployment was made whose answer was lost", async () => {
    api.live = split;
    api.faults.push("none", "lost");
    await arm();
    const { entry } = await switched();
    expect(api.posts).toHaveLength(1);
    expect(entry.body).toMatchObject({ tries: 2, deployed: false, detail: "stable serves everything" });
    expect(entry.body.attempts[0]).toMatchObject({ did: "failed" });
  });

  test("tries again as long as the API fails, and tells what it is at meanwhile", async () => {
    api.live = split;
    api.faults.push("failed", "none", "refused", "none", "failed");
    await arm();
    const firing = await until(
      async () => (await call("GET", "/ledger")).json,
      ({ switch: armed }) => armed?.tries >= 2,
    );
    expect(firing.switch.phase).toBe("firing");
    expect(firing.lease.holder).toBe("dead-man's switch");
    expect((await call("POST", "/lease", { holder: "you", seconds: 5 })).status).toBe(409);
    const { entry } = await switched();
    expect(api.live).toEqual(stable);
    const details = entry.body.attempts.map((one: { detail: string }) => one.detail);
    expect(details[0]).toBe("GET answered 500: An unknown error has occurred (10013)");
    expect(details[1]).toBe("POST answered 400: Invalid deployment: Version not found (10210)");
    expect(details[2]).toBe("POST answered 500: An unknown error has occurred (10013)");
    expect(entry.body.tries).toBe(4);
  });

  test("leaves the field to who takes the lease by hand, and guards that lease then", async () => {
    api.live = split;
    api.faults.push(...Array(20).fill("failed"));
    await arm();
    await until(async () => api.calls.length, (calls) => calls > 0);
    const fence = await take(60, { take: true });
    await pause(300);
    const before = api.calls.length;
    await pause(2500);
    expect(api.calls).toHaveLength(before);
    expect((await call("GET", "/ledger")).json.switch).toMatchObject({ phase: "armed", rollout: "r-1" });
    expect((await call("PUT", "/switch", { fence, ...ARMED, rollout: "r-2" })).status).toBe(200);
    expect((await call("GET", "/ledger")).json.switch).toMatchObject({ phase: "armed", rollout: "r-2", fence });
  });

  test("deploys nothing when somebody takes the lease while it reads", async () => {
    api.live = split;
    let taken: Promise<number> | null = null;
    api.onCall = async () => {
      await (taken ??= take(60, { take: true }));
    };
    await arm();
    const { entry } = await switched();
    expect(api.posts).toHaveLength(0);
    expect(entry.body).toMatchObject({ superseded: true, deployed: false });
  });

  test("goes off after a restart, though the lease ran out while nothing was there", async () => {
    api.live = split;
    const persist = await mkdtemp(join(tmpdir(), "ledger-"));
    const first = start({ persist, bindings });
    const { fence } = (await tell(first, "POST", "/lease", { holder: "me", seconds: 1 })).json;
    await tell(first, "PUT", "/switch", { fence, ...ARMED });
    await first.dispose();
    await pause(1200);
    expect(api.calls).toHaveLength(0);
    const second = start({ persist, bindings });
    const { entries } = await until(
      async () => (await tell(second, "GET", "/ledger?kinds=switched")).json,
      (read) => read.entries.length > 0,
    );
    await second.dispose();
    await rm(persist, { recursive: true });
    expect(entries).toHaveLength(1);
    expect(api.live).toEqual(stable);
  });

  test("cannot be armed without a token for deployments", async () => {
    const poor = start();
    const { fence } = (await tell(poor, "POST", "/lease", { holder: "me", seconds: 60 })).json;
    const answer = await tell(poor, "PUT", "/switch", { fence, ...ARMED });
    await poor.dispose();
    expect(answer.status).toBe(501);
  });
});

describe("news of the switch", () => {
  const WEBHOOK_SECRET = "webhook-secret-0123456789abcdef0123456789ab";
  const STARTED = { kind: "started", rollout: ARMED.rollout, body: { by: "me" } };
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = new Receiver();
    const address = await receiver.listen();
    const news = { SLACK_WEBHOOK_URL: `${address}/slack`, WEBHOOK_URL: `${address}/hook`, WEBHOOK_SECRET };
    bindings = { ...bindings, ...news };
    fresh();
    api.live = [
      { version_id: "v-1", percentage: 90 },
      { version_id: "v-2", percentage: 10 },
    ];
  });
  afterEach(() => receiver.close());
  const at = (path: string) => receiver.received.filter((one) => one.path === path);
  const goesOff = async (started: typeof STARTED) => {
    const fence = await take(1);
    await call("POST", "/ledger", { fence, after: 0, entries: [started] });
    await call("PUT", "/switch", { fence, ...ARMED });
    await until(
      async () => (await call("GET", "/ledger?kinds=switched")).json,
      ({ entries }) => entries.length > 0,
    );
  };

  test("is sent to Slack, and signed to the webhook, once it has acted", async () => {
    await goesOff(STARTED);
    await until(async () => receiver.received.length, (count) => count === 2);
    const [hook] = at("/hook");
    const signed = String(hook?.headers["pitchey-signature"]);
    const [signature = "", time = ""] = /^t=(\d+),v1=[\da-f]{64}$/.exec(signed) ?? [];
    const hmac = createHmac("sha256", WEBHOOK_SECRET).update(`${time}.${hook?.body}`).digest("hex");
    expect(signature).toBe(`t=${time},v1=${hmac}`);
    expect(hook?.headers["pitchey-delivery"]).toBe("r-1/switched");
    expect(JSON.parse(hook?.body ?? "")).toMatchObject({
      version: 1,
      severity: "error",
      state: "returned",
      text: "the dead-man's switch put stable back: stable serves everything",
      stable: "v-1",
      share: 0,
    });
    const { text } = JSON.parse(at("/slack")[0]?.body ?? "");
    expect(text).toContain("pitchey rollout report test r-1");
  });

  test("is tried again where it was refused, and only there", async () => {
    receiver.refusals = 2;
    await goesOff(STARTED);
    await until(async () => receiver.received.length, (count) => count === 4);
    await pause(1500);
    expect([at("/hook").length, at("/slack").length]).toEqual([2, 2]);
    expect(new Set(at("/hook").map(({ headers }) => headers["pitchey-delivery"])).size).toBe(1);
  });

  test("pages nobody for a rehearsal", async () => {
    await goesOff({ ...STARTED, body: { by: "me", rehearsal: "said" } as never });
    await pause(500);
    expect(receiver.received).toEqual([]);
  });
});

test.each([
  ["GET", "/nothing", undefined, 404],
  ["DELETE", "/ledger", undefined, 405],
  ["GET", "/lease", undefined, 405],
  ["GET", "/metrics?after=x", undefined, 400],
  ["GET", "/metrics?after=0&every=0", undefined, 400],
  ["GET", "/ledger?limit=1001", undefined, 400],
  ["GET", "/ledger?kinds=A", undefined, 400],
  ["POST", "/ledger", [], 400],
  ["POST", "/ledger", { fence: 1, after: 0, entries: [] }, 400],
  ["POST", "/lease", { holder: "", seconds: 5 }, 400],
  ["POST", "/lease", { holder: "me", seconds: 5, take: "yes" }, 400],
  ["PUT", "/switch", { fence: 1, ...ARMED, script: "../other" }, 400],
])("%s %s of %j is a %d that explains itself", async (method, path, body, status) => {
  const answer = await call(method, path, body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json).toMatchObject({ status, detail: expect.any(String), title: expect.any(String) });
});

test.each([0, 601, 1.5, "60", null])("a lease for %j seconds is refused", async (seconds) => {
  expect((await call("POST", "/lease", { holder: "me", seconds })).status).toBe(400);
});
