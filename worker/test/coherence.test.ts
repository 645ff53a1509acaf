import type { Miniflare } from "miniflare";
import { afterEach, beforeEach, expect, test } from "vitest";
import { draws } from "./draws";
import { FakeRedis, Origin } from "./optimised/redis";
import { start } from "./optimised/start";

const ISOLATES = ["optimised", "second", "third"];
const KEYS = ["/public/a", "/public/b", "/public/c"];
const BEHIND_MS = 2000;

let [redis, origin] = [new FakeRedis(), new Origin()];
let running: Miniflare;

beforeEach(async () => {
  [redis, origin] = [new FakeRedis(), new Origin()];
  const bindings = { UPSTASH_REDIS_REST_URL: await redis.listen(), ORIGIN: await origin.listen() };
  running = await start({ bindings, others: ISOLATES.slice(1) });
});

afterEach(async () => {
  await running.dispose();
  redis.close();
  origin.close();
});

interface Change {
  readonly at: number;
  readonly to: number;
}

test("in drawn requests, with changes and sign-ins among them, none is told what is old or another's", async () => {
  const draw = draws(20_261_130);
  const changed = new Map<string, Change[]>(KEYS.map((key) => [key, [{ at: 0, to: 0 }]]));
  for (const key of KEYS) origin.values.set(key, 0);
  const workers = await Promise.all(ISOLATES.map((name) => running.getWorker(name)));
  const wrong: unknown[] = [];
  const counted = { hit: 0, other: 0, changes: 0 };

  /** What is the least that a reader who asked at `at` may be told. */
  const least = (key: string, at: number): number =>
    Math.max(...(changed.get(key) ?? []).filter((change) => change.at <= at).map(({ to }) => to));

  async function read(key: string): Promise<void> {
    const asked = Date.now();
    const verdict = await draw.pick([strictly, publicly])(key, asked);
    if (verdict === "hit" || verdict === "stale") counted.hit += 1;
    else counted.other += 1;
  }

  async function strictly(key: string, asked: number): Promise<string> {
    const answer = await draw.pick(workers).fetch(`https://api.example/cached?key=${encodeURIComponent(key)}`);
    const { answer: told } = (await answer.json()) as { answer: { value: number; verdict: string } };
    const right = least(key, asked);
    if (!(told.value >= right)) wrong.push({ key, ...told, right });
    return told.verdict;
  }

  async function publicly(key: string, asked: number): Promise<string> {
    const who = draw.chance(0.2) ? draw.pick(["Bearer ada", "Bearer bob"]) : null;
    const headers = who === null ? {} : { authorization: who };
    const answer = await draw.pick(workers).fetch(`https://api.example${key}?x=${draw.below(9)}`, { headers });
    const { value, about } = (await answer.json()) as { value: number; about: { who: string; path: string } };
    const right = least(key, who === null ? asked - BEHIND_MS : asked);
    if (!(value >= right) || about.path !== key || about.who !== (who ?? "nobody")) wrong.push({ value, right, about, who });
    return answer.headers.get("pitchey-cache") ?? "";
  }

  /** One at a time for a key, as its row's lock would have it. */
  async function change(key: string): Promise<void> {
    const to = Number(origin.values.get(key)) + 1;
    origin.values.set(key, to);
    await draw.pick(workers).fetch(`https://api.example/invalidate?tag=${encodeURIComponent(`one:${key}`)}`);
    changed.get(key)?.push({ at: Date.now(), to });
    counted.changes += 1;
  }

  async function reader(): Promise<void> {
    for (let i = 0; i < 60; i++) await read(draw.pick(KEYS));
  }

  let done = false;
  async function writer(key: string): Promise<void> {
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve, 200 + draw.below(800)));
      redis.delay = draw.pick([0, 0, 5, 60]);
      origin.delay = draw.pick([0, 10, 80]);
      await change(key);
    }
  }

  const writers = KEYS.map(writer);
  await Promise.all(Array.from({ length: 16 }, reader));
  done = true;
  await Promise.all(writers);
  expect(wrong).toEqual([]);
  expect(counted.changes).toBeGreaterThan(3);
  expect(counted.hit).toBeGreaterThan(100);
}, 60_000);
