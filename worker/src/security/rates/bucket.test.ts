import { describe, expect, test } from "vitest";
import { type Bucket, type Rule, take } from "./bucket";
import { draws } from "../../../test/draws";

const RULE: Rule = { capacity: 10, seconds: 100 };
const NOW = 1_800_000_000_000;

describe("a bucket", () => {
  test("gives what it holds at once, and then one every ten seconds", () => {
    let bucket: Bucket | null = null;
    let taken;
    for (let left = 9; left >= 0; left -= 1) {
      [bucket, taken] = take(bucket, RULE, NOW);
      expect(taken).toEqual({ allowed: true, remaining: left, fullIn: (10 - left) * 10, retryIn: 0 });
    }
    [bucket, taken] = take(bucket, RULE, NOW);
    expect(taken).toEqual({ allowed: false, remaining: 0, fullIn: 100, retryIn: 10 });
    [bucket, taken] = take(bucket, RULE, NOW + 9_999);
    expect(taken).toMatchObject({ allowed: false, retryIn: 1 });
    [bucket, taken] = take(bucket, RULE, NOW + 10_000);
    expect(taken.allowed).toBe(true);
  });

  test("asked with nothing to take tells only how full it is", () => {
    const [, { remaining }] = take({ tokens: 3, at: NOW }, RULE, NOW + 20_000, 0);
    expect(remaining).toBe(5);
  });

  test("never gives more than it holds", () => {
    expect(take(null, RULE, NOW, 11)[1]).toMatchObject({ allowed: false, remaining: 10 });
  });
});

// Each seed is a life of one bucket: bursts, pauses, clocks that go back.
test.each(Array.from({ length: 60 }, (_, seed) => seed))("whatever comes, the promise is kept (seed %d)", (seed) => {
  const { below, chance } = draws(seed);
  const rule: Rule = { capacity: 1 + below(50), seconds: 1 + below(3600) };
  const perMillisecond = rule.capacity / (rule.seconds * 1000);
  const allowedAt: number[] = [];
  let bucket: Bucket | null = null;
  let clock = NOW;
  let latest = NOW;
  for (let step = 0; step < 300; step += 1) {
    clock += chance(0.1) ? -below(90_000) : chance(0.2) ? below(rule.seconds * 2000) : below(100);
    latest = Math.max(latest, clock);
    const [after, taken] = take(bucket, rule, clock);
    if (taken.allowed) allowedAt.push(latest);
    expect(after.tokens).toBeGreaterThanOrEqual(0);
    expect(after.tokens).toBeLessThanOrEqual(rule.capacity);
    expect(taken.remaining).toBe(Math.floor(after.tokens + 1e-6));
    expect(taken.retryIn > 0).toBe(!taken.allowed);
    expect(Number.isSafeInteger(taken.fullIn) && taken.fullIn >= 0).toBe(true);
    // Whoever waits as long as told is let through; a refusal takes nothing.
    if (!taken.allowed) {
      expect(take(after, rule, after.at + taken.retryIn * 1000)[1].allowed).toBe(true);
      expect(take(after, rule, after.at + taken.fullIn * 1000, 0)[1].remaining).toBe(rule.capacity);
    }
    bucket = after;
  }
  // In no span of time were more let through than a full bucket and what ran in meanwhile.
  for (let from = 0; from < allowedAt.length; from += 7) {
    for (let to = from; to < allowedAt.length; to += 5) {
      const passed = (allowedAt[to] ?? 0) - (allowedAt[from] ?? 0);
      expect(to - from + 1).toBeLessThanOrEqual(rule.capacity + passed * perMillisecond + 1e-3);
    }
  }
});
