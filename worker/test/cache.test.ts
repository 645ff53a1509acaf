import type { Miniflare } from "miniflare";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeRedis, type Mood, Origin } from "./optimised/redis";
import { start } from "./optimised/start";
import { pause, until } from "./workers";

let [redis, origin] = [new FakeRedis(), new Origin()];
let running: Miniflare;

async function begin(others: readonly string[] = []): Promise<void> {
  const bindings = { UPSTASH_REDIS_REST_URL: await redis.listen(), ORIGIN: await origin.listen() };
  running = await start({ bindings, others });
}

beforeEach(() => {
  [redis, origin] = [new FakeRedis(), new Origin()];
});

afterEach(async () => {
  await running.dispose();
  redis.close();
  origin.close();
});

interface Told {
  readonly answer: { value: unknown; verdict: string };
  readonly error?: string;
  readonly milliseconds: number;
}

async function ask(path: string, on = "optimised"): Promise<Told> {
  const worker = await running.getWorker(on);
  return (await worker.fetch(`https://api.example/${path}`)).json() as Promise<Told>;
}

const cached = async (key = "one", on = "optimised") => (await ask(`cached?key=${key}`, on)).answer;
const entry = (key = "one") => redis.values.get(`entry:1:${key}`);
const stored = (key = "one") => until(async () => entry(key), (value) => value !== undefined);
const invalidate = (tag: string, on = "optimised") => ask(`invalidate?tag=${tag}`, on);

/** As if an entry had been stored `seconds` ago. */
function age(seconds: number, key = "one"): void {
  const value = entry(key);
  if (value) redis.values.set(`entry:1:${key}`, { ...value, until: value.until - seconds * 1000 });
}

describe("an answer", () => {
  test("is computed once, and then comes from Redis, in every isolate", async () => {
    await begin(["other"]);
    expect(await cached()).toEqual({ value: { title: "first" }, verdict: "miss" });
    await stored();
    origin.value = { title: "second" };
    expect(await cached()).toEqual({ value: { title: "first" }, verdict: "hit" });
    expect(await cached("one", "other")).toEqual({ value: { title: "first" }, verdict: "hit" });
    expect(origin.fetches).toBe(1);
  });

  test("is gone everywhere once one of its tags was taken away, and no other one is", async () => {
    await begin(["other"]);
    for (const key of ["one", "two"]) {
      await cached(key);
      await stored(key);
    }
    origin.value = { title: "second" };
    await invalidate("one:one", "other");
    expect((await cached("one")).value).toEqual({ title: "second" });
    expect((await cached("two")).value).toEqual({ title: "first" });
    await invalidate("all");
    expect((await cached("two", "other")).value).toEqual({ title: "second" });
  });

  test("that was computed before a change is not stored as one from after it", async () => {
    await begin(["other"]);
    origin.delay = 1000;
    const old = cached();
    await until(async () => origin.fetches, (fetches) => fetches === 1);
    origin.value = { title: "second" };
    await invalidate("one:one", "other");
    expect((await old).value).toEqual({ title: "first" });
    await pause(100);
    origin.delay = 0;
    expect(await cached()).toEqual({ value: { title: "second" }, verdict: "miss" });
  });

  test("of a generation that Redis has dropped is not used", async () => {
    await begin();
    await cached();
    await stored();
    redis.values.delete("generation:all");
    origin.value = { title: "second" };
    expect(await cached()).toEqual({ value: { title: "second" }, verdict: "miss" });
  });

  test("past its fresh time is given once more, and made anew meanwhile", async () => {
    await begin();
    await cached();
    await stored();
    age(301);
    origin.value = { title: "second" };
    expect(await cached()).toEqual({ value: { title: "first" }, verdict: "stale" });
    const next = await until(() => cached(), ({ verdict }) => verdict === "hit");
    expect(next).toEqual({ value: { title: "second" }, verdict: "hit" });
    expect(origin.fetches).toBe(2);
  });

  test("past all its time is given while the database is not there, unless it is outdated", async () => {
    await begin();
    await cached();
    await stored();
    age(700);
    origin.down = true;
    expect(await cached()).toEqual({ value: { title: "first" }, verdict: "stale" });
    await invalidate("one:one");
    expect((await ask("cached?key=one")).error).toBe("DatabaseUnavailableError");
  });

  test("that there is nothing is kept for seconds", async () => {
    await begin();
    origin.value = null;
    expect(await cached()).toEqual({ value: null, verdict: "miss" });
    await stored();
    expect(await cached()).toEqual({ value: null, verdict: "hit" });
    expect((entry()?.until ?? 0) - Date.now()).toBeLessThanOrEqual(5000);
  });

  test("that is too large is not stored", async () => {
    await begin();
    origin.value = "x".repeat(300 * 1024);
    await cached();
    expect((await cached()).verdict).toBe("miss");
    expect(entry()).toBeUndefined();
    await until(async () => redis.get("lock:1:one"), (lock) => lock === null);
    expect(redis.get("lock:1:one")).toBeNull();
  });
});

describe("many at once", () => {
  test("make one fetch, in two isolates", async () => {
    await begin(["other"]);
    origin.delay = 200;
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, at) => cached("one", at % 2 === 0 ? "optimised" : "other")),
    );
    expect(new Set(answers.map(({ value }) => JSON.stringify(value)))).toEqual(new Set(['{"title":"first"}']));
    expect(origin.fetches).toBe(1);
  });

  test("make at most two where Redis is down, and none is told what was true before it came", async () => {
    await begin();
    redis.mood = "down";
    origin.delay = 200;
    await Promise.all(Array.from({ length: 100 }, () => cached()));
    expect(origin.fetches).toBeLessThanOrEqual(3);
  });

  test("are not told what a change has outdated while it was computed", async () => {
    await begin(["other"]);
    origin.delay = 1000;
    const first = cached();
    await until(async () => origin.fetches, (fetches) => fetches === 1);
    origin.value = { title: "second" };
    await invalidate("one:one", "other");
    const later = await Promise.all([cached(), cached(), cached()]);
    for (const { value } of later) expect(value).toEqual({ title: "second" });
    expect((await first).value).toEqual({ title: "first" });
  });

  test("wait for whoever has the lock no longer than it lives", async () => {
    await begin();
    redis.values.set("lock:1:one", { text: "somebody that died", until: Date.now() + 60_000 });
    expect((await cached()).value).toEqual({ title: "first" });
    expect(entry()).toBeUndefined();
  });

  test("a failure is told to all, and nobody waits for the lock afterwards", async () => {
    await begin();
    origin.down = true;
    const told = await Promise.all([1, 2, 3].map(() => ask("cached")));
    expect(told.map(({ error }) => error)).toEqual(Array(3).fill("DatabaseUnavailableError"));
    origin.down = false;
    await until(async () => redis.get("lock:1:one"), (lock) => lock === null);
    expect((await cached()).verdict).toBe("miss");
  });
});

describe("Redis", () => {
  test.each(["down", "slow", "rubbish", "wrong", "huge", "refusing", "mixed"] satisfies Mood[])(
    "that is %s makes answers no other than they are",
    async (mood) => {
      await begin();
      await cached("other");
      await stored("other");
      await cached();
      await stored();
      redis.mood = mood;
      origin.value = { title: "second" };
      for (let i = 0; i < 12; i++) {
        const { answer, error } = await ask("cached");
        expect(error).toBeUndefined();
        expect(answer.value).toEqual({ title: "second" });
      }
    },
  );

  test("that was down when something changed gives nothing from before, once it is back", async () => {
    await begin();
    await cached();
    await stored();
    redis.mood = "down";
    origin.value = { title: "second" };
    await invalidate("one:one");
    redis.mood = "well";
    for (let i = 0; i < 20; i++) {
      expect((await cached()).value).toEqual({ title: "second" });
      await pause(50);
    }
    const last = await until(() => cached(), ({ verdict }) => verdict === "hit");
    expect(last).toEqual({ value: { title: "second" }, verdict: "hit" });
  });

  test("that cannot be told of a change gives others nothing from before it all the same, in the end", async () => {
    await begin(["other"]);
    await cached("one", "other");
    await stored();
    expect(await cached("one", "other")).toMatchObject({ verdict: "hit" });
    redis.mood = "deaf";
    origin.value = { title: "second" };
    await invalidate("one:one");
    const told = await until(() => cached("one", "other"), ({ value }) => JSON.stringify(value).includes("second"), 10);
    expect(told.value).toEqual({ title: "second" });
    const kept = await until(() => cached("one", "other"), ({ verdict }) => verdict === "hit");
    expect(kept.value).toEqual({ title: "second" });
  });

  test("that is switched off is not asked, but told of changes", async () => {
    await begin();
    await cached();
    await stored();
    await (await running.getKVNamespace("FLAGS")).put("redis", "off");
    await until(() => cached(), ({ verdict }) => verdict === "bypass");
    redis.calls = [];
    origin.value = { title: "second" };
    expect(await cached()).toEqual({ value: { title: "second" }, verdict: "bypass" });
    expect(redis.calls).toHaveLength(0);
    await invalidate("one:one");
    await (await running.getKVNamespace("FLAGS")).put("redis", "on");
    const back = await until(() => cached(), ({ verdict }) => verdict !== "bypass");
    expect(back.value).toEqual({ title: "second" });
  });

  test("gets no secret and no rubbish: an entry with a broken body is made anew", async () => {
    await begin();
    await cached();
    await stored();
    for (const text of ["", "{", "null", "[]", '{"key":"one"}', '{"key":"two","fresh":1e99,"value":1}']) {
      redis.values.set("entry:1:one", { text, until: Date.now() + 100_000 });
      expect((await cached()).value).toEqual({ title: "first" });
    }
  });
});
