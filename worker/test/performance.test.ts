import { type IncomingMessage, request } from "node:http";
import { gunzipSync } from "node:zlib";
import type { Miniflare } from "miniflare";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeRedis, Origin } from "./optimised/redis";
import { start } from "./optimised/start";
import { pause, until } from "./workers";

let [redis, origin] = [new FakeRedis(), new Origin()];
let running: Miniflare;

async function begin(others: readonly string[] = [], bindings: Record<string, string> = {}): Promise<void> {
  const around = { UPSTASH_REDIS_REST_URL: await redis.listen(), ORIGIN: await origin.listen(), ...bindings };
  running = await start({ bindings: around, others });
}

beforeEach(() => {
  [redis, origin] = [new FakeRedis(), new Origin()];
});

afterEach(async () => {
  await running.dispose();
  redis.close();
  origin.close();
});

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { value: unknown; about: Record<string, unknown>; error?: string };
  readonly verdict: string | null;
}

type Init = { headers?: Record<string, string>; method?: string; on?: string; host?: string };

async function get(path = "list", { on = "optimised", host = "api.example", ...init }: Init = {}): Promise<Got> {
  const worker = await running.getWorker(on);
  const answer = await worker.fetch(`https://${host}/public/${path}`, init);
  const text = await answer.text();
  const headers = answer.headers as unknown as Headers;
  return { status: answer.status, headers, text, body: text === "" ? null : JSON.parse(text), verdict: headers.get("pitchey-cache") };
}

const hit = (path?: string, init?: Init) => until(() => get(path, init), ({ verdict }) => verdict === "hit");
const turn = async (name: string, value: string) => (await running.getKVNamespace("FLAGS")).put(name, value);
const invalidate = async (tag: string, on = "optimised") => {
  await (await running.getWorker(on)).fetch(`https://api.example/invalidate?tag=${tag}`);
};

describe("a public answer", () => {
  test("is kept at the edge, for every isolate of the version", async () => {
    await begin(["other"]);
    const first = await get();
    expect(first.verdict).toBe("miss");
    expect(first.headers.get("cache-status")).toBe("pitchey-edge; fwd=miss; stored; ttl=60; detail=ttl-seen");
    expect((await hit()).headers.get("cache-status")).toMatch(/^pitchey-edge; hit; ttl=\d\d$/);
    expect((await hit()).body).toEqual(first.body);
    expect((await hit("list", { on: "other" })).body).toEqual(first.body);
    expect(origin.fetches).toBe(1);
  });

  test("says what a client may do with it, and nothing that was said to another one", async () => {
    await begin();
    for (const { headers } of [await get(), await hit()]) {
      expect(headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
      expect(headers.get("vary")).toBe("Accept-Encoding");
      expect(headers.get("etag")).toMatch(/^W\/"[\w-]{22}"$/);
      expect(headers.get("age")).toMatch(/^\d+$/);
      expect(headers.get("content-type")).toBe("application/json");
      for (const name of ["access-control-allow-origin", "cache-tag", "pitchey-made", "set-cookie", "cf-cache-status"]) {
        expect(headers.has(name), name).toBe(false);
      }
    }
  });

  test("is not sent again to whoever has it", async () => {
    await begin();
    const etag = (await get()).headers.get("etag") ?? "";
    for (const condition of [etag, etag.slice(2), `"x", ${etag}`, "*"]) {
      const answer = await get("list", { headers: { "if-none-match": condition } });
      expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([304, "", etag]);
    }
    expect((await get("list", { headers: { "if-none-match": '"other"' } })).status).toBe(200);
  });

  test("to HEAD is the same without a body", async () => {
    await begin();
    const { headers } = await get();
    const head = await get("list", { method: "HEAD" });
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", headers.get("etag")]);
    expect(origin.fetches).toBe(1);
  });

  test("is one for the same query in any order, with whatever else is in it", async () => {
    await begin();
    await get("list?q=a&genre=drama");
    const same = await hit("list?utm=1&genre=drama&q=a&x=y");
    expect(same.body.about).toMatchObject({ q: ["a"], genre: ["drama"] });
    expect(origin.fetches).toBe(1);
    expect((await get("list?q=b&genre=drama")).verdict).toBe("miss");
  });

  test.each([
    ["a user's", { authorization: "Bearer ada" }],
    ["a session's", { cookie: "a=b; pitchey-refresh=ada" }],
    ["a session's of another name", { cookie: "__Host-pitchey-session=ada" }],
  ])("is never made of %s request, nor given to it", async (_, headers) => {
    await begin();
    const own = await get("list", { headers });
    expect(own.verdict).toBe("bypass");
    expect(own.body.about["who"]).toBe(Object.values(headers)[0]);
    expect((await get()).body.about["who"]).toBe("nobody");
    await hit();
    expect((await get("list", { headers })).body.about["who"]).toBe(Object.values(headers)[0]);
  });

  test("is kept for visitors", async () => {
    await begin();
    await get();
    expect((await hit("list", { headers: { cookie: "pitchey-visitor=AbC-_123AbC-_123AbC-_1" } })).verdict).toBe("hit");
  });

  test("is one for each arm of an experiment", async () => {
    await begin();
    for (const variant of ["a", "b", ""]) await get("list", { headers: { variant } });
    for (const variant of ["a", "b", ""]) {
      expect((await hit("list", { headers: { variant } })).body.about["variant"]).toBe(variant);
    }
    expect(origin.fetches).toBe(3);
  });

  test.each([
    [{ "cache-control": "private" }],
    [{ "cache-control": "public, no-store" }],
    [{ "cache-control": "no-store" }],
    [{ "set-cookie": "a=b" }],
    [{ vary: "Cookie" }],
    [{ vary: "*" }],
    [{ "cache-tag": "" }],
  ])("is what says so alone: with %j it is not kept", async (headers: Record<string, string>) => {
    await begin();
    origin.headers = headers;
    await get();
    await pause(100);
    origin.value = { title: "second" };
    expect((await get()).body.value).toEqual({ title: "second" });
  });

  test.each([500, 403, 301])("of status %i is not kept", async (status) => {
    await begin();
    origin.status = status;
    await get();
    origin.status = 200;
    expect((await get()).status).toBe(200);
  });

  test("that there is nothing is kept for seconds", async () => {
    await begin();
    origin.status = 404;
    await get();
    expect((await hit()).status).toBe(404);
    expect(origin.fetches).toBe(1);
  });
});

describe("a change", () => {
  test.each([0, 60_000, -60_000])(
    "is seen at once in its own isolate, and in two seconds in another one, whose clock is off by %i ms",
    async (clock) => {
      await begin(["other"]);
      const other = { on: "other", headers: { clock: String(clock) } };
      await get("theirs", other);
      await get();
      for (let change = 1; change <= 3; change++) {
        origin.value = { change };
        await invalidate("other");
        expect((await get()).body.value).toEqual({ change });
        await pause(2000);
        expect((await get("theirs", other)).body.value).toEqual({ change });
      }
    },
  );

  test("leaves what it has nothing to do with", async () => {
    await begin(["other"]);
    await get();
    await hit();
    await invalidate("something", "other");
    await pause(2500);
    // Nothing of the list was known when it was made, perhaps: then it is made once more.
    await get();
    await pause(2500);
    const fetches = origin.fetches;
    expect((await get()).verdict).toBe("hit");
    expect(origin.fetches).toBe(fetches);
  });

  test("cannot be known without Redis: then an answer lives two seconds", async () => {
    await begin();
    redis.mood = "down";
    await get();
    expect((await hit()).verdict).toBe("hit");
    await pause(2100);
    origin.value = { title: "second" };
    expect((await get()).body.value).toEqual({ title: "second" });
  });
});

test("an answer past its fresh time is given once more, and made anew meanwhile", async () => {
  await begin();
  await get();
  await hit();
  origin.value = { title: "second" };
  const later = { headers: { clock: "70000" } };
  const stale = await get("list", later);
  expect([stale.verdict, stale.body.value, stale.headers.get("age")]).toEqual(["stale", { title: "first" }, "70"]);
  const next = await hit("list", later);
  // Redis has it for longer than the edge; what matters is that it was asked.
  expect(Number(next.headers.get("age"))).toBeLessThan(10);
  expect(next.body.value).toEqual({ title: "second" });
  expect(origin.fetches).toBe(2);
});

describe("the database that is not there", () => {
  test("is not seen by whoever asks for what is kept", async () => {
    await begin();
    await get();
    await hit();
    redis.mood = "down";
    origin.down = true;
    await pause(2100);
    const { status, verdict, body } = await get();
    expect([status, verdict, body.value]).toEqual([200, "stale", { title: "first" }]);
    expect((await get("other")).status).toBe(503);
  });

  test("brings back nothing that is known to have changed", async () => {
    await begin();
    await get();
    await hit();
    await invalidate("other");
    origin.down = true;
    expect((await get()).status).toBe(503);
  });
});

test("many who miss at once make one fetch", async () => {
  await begin();
  origin.delay = 500;
  const answers = await Promise.all(Array.from({ length: 300 }, () => get()));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(origin.fetches).toBe(1);
  const told = answers.map(({ headers }) => headers.get("cache-status"));
  expect(told.filter((status) => status === "pitchey-edge; fwd=miss; collapsed")).toHaveLength(299);
});

test("who comes late joins a fetch that is slow, where it is known that nothing has changed", async () => {
  await begin();
  await get("other");
  origin.delay = 2200;
  const first = get();
  await pause(1500);
  const [one, other] = await Promise.all([get(), first]);
  expect(one.text).toBe(other.text);
  expect(origin.fetches).toBe(2);
  redis.mood = "down";
  origin.delay = 2600;
  const alone = get("alone");
  await pause(1500);
  await Promise.all([get("alone"), alone]);
  expect(origin.fetches).toBe(4);
});

test("whoever comes when it is made, and not yet kept, makes no other fetch", async () => {
  await begin();
  await get("list", { headers: { keeping: "400" } });
  const answers = await Promise.all([get(), get()]);
  const told = answers.map(({ headers }) => headers.get("cache-status"));
  expect(told).toEqual(Array(2).fill("pitchey-edge; fwd=miss; collapsed"));
  expect(origin.fetches).toBe(1);
});

test("whoever hears after it is kept that it was not, makes no other fetch", async () => {
  await begin();
  await get("warm", { headers: { finding: "0" } });
  const late = get("list", { headers: { finding: "200" } });
  await pause(20);
  expect((await get("list", { headers: { finding: "0" } })).verdict).toBe("miss");
  expect((await late).headers.get("cache-status")).toBe("pitchey-edge; fwd=miss; collapsed");
  expect(origin.fetches).toBe(2);
});

test("one version's answers are not another one's", async () => {
  await begin();
  await get();
  await hit();
  await running.dispose();
  redis.close();
  origin.close();
  [redis, origin] = [new FakeRedis(), new Origin()];
  await begin([], { VERSION_ID: "version-2" });
  expect((await get()).verdict).toBe("miss");
});

describe("switched off", () => {
  test("the edge's cache keeps nothing, and answers are as they are", async () => {
    await begin();
    await turn("edge-cache", "off");
    const { headers } = await get();
    origin.value = { title: "second" };
    const second = await get();
    expect([second.verdict, second.body.value]).toEqual(["bypass", { title: "second" }]);
    expect(second.headers.get("cache-status")).toBe("pitchey-edge; fwd=bypass; detail=ttl-seen");
    expect(headers.get("etag")).not.toBe(second.headers.get("etag"));
  });

  test.each(["redis", "edge-cache"])("%s lets many share one fetch still, after a change of their isolate's too", async (name) => {
    await begin();
    await get();
    await turn(name, "off");
    // An isolate knows its switches for two seconds.
    await pause(2500);
    await get();
    await pause(50);
    await invalidate("other");
    const before = origin.fetches;
    origin.delay = 500;
    await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(origin.fetches).toBe(before + 1);
  });

  test("collapsing lets each fetch for itself", async () => {
    await begin();
    await turn("collapsing", "off");
    origin.delay = 500;
    const answers = await Promise.all(Array.from({ length: 20 }, () => get()));
    expect(origin.fetches).toBe(20);
    expect(answers.filter(({ headers }) => headers.get("cache-status")?.includes("collapsed"))).toEqual([]);
  });
});

describe("a long answer", () => {
  const long = { headers: { "accept-encoding": "br;q=0, gzip" } };

  async function raw(headers: Record<string, string>) {
    const url = new URL("/public/list", await running.unsafeGetDirectURL("optimised"));
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { headers }, resolve).on("error", reject).end();
    });
    const body = Buffer.concat(await answer.toArray());
    const coding = answer.headers["content-encoding"] ?? null;
    const text = (coding === "gzip" ? gunzipSync(body) : body).toString();
    return { coding, etag: answer.headers.etag, text };
  }

  test("is compressed for whoever takes it, where the platform does not", async () => {
    await begin();
    origin.value = "long ".repeat(1000);
    const plain = await raw({ "accept-encoding": "identity" });
    const packed = await raw(long.headers);
    expect([plain.coding, packed.coding]).toEqual([null, "gzip"]);
    expect(packed.text).toBe(plain.text);
    expect(packed.etag).toBe(plain.etag);
    expect((await raw({ ...long.headers, cloudflare: '{"clientAcceptEncoding":"gzip"}' })).coding).toBeNull();
    await turn("compression", "off");
    await until(() => raw(long.headers), ({ coding }) => coding === null);
    expect((await raw(long.headers)).coding).toBeNull();
  });
});

test("on workers.dev, where there is no cache, answers are whole all the same", async () => {
  await begin();
  const host = "pitchey.workers.dev";
  await get("list", { host });
  origin.value = { title: "second" };
  expect((await get("list", { host })).body.value).toEqual({ title: "second" });
});
