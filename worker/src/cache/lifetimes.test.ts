import { describe, expect, test } from "vitest";
import { draws } from "../../test/draws";
import { BOUNDS, changeRate, freshFor, lifetime, Sightings } from "./lifetimes";

const bounds = BOUNDS.detail;

describe("the rate of changes", () => {
  test("is found again in what is seen of a process that changes at that rate", () => {
    for (const rate of [0.001, 0.01, 0.05]) {
      const draw = draws(Math.round(rate * 10_000));
      let changed = 0;
      for (let i = 0; i < 20_000; i++) if (draw.chance(1 - Math.exp(-rate * 30))) changed++;
      const found = changeRate({ remade: 20_000, changed, seconds: 600_000, reads: 0 });
      expect(found / rate).toBeGreaterThan(0.9);
      expect(found / rate).toBeLessThan(1.1);
    }
  });

  test("is finite where everything has changed each time, and none where nothing was seen", () => {
    expect(Number.isFinite(changeRate({ remade: 50, changed: 50, seconds: 50, reads: 0 }))).toBe(true);
    expect(changeRate({ remade: 0, changed: 0, seconds: 0, reads: 9 })).toBe(0);
  });
});

describe("a lifetime", () => {
  test("is the usual one until enough was seen", () => {
    expect(freshFor(bounds, { remade: 9, changed: 9, seconds: 9, reads: 900 })).toBe(bounds.usual);
    expect(lifetime(bounds, null).fresh).toBe(bounds.usual);
  });

  test("is short for what always changes and long for what never does", () => {
    expect(freshFor(bounds, { remade: 50, changed: 50, seconds: 500, reads: 50 })).toBe(bounds.shortest);
    expect(freshFor(bounds, { remade: 50, changed: 0, seconds: 50_000, reads: 50 })).toBe(bounds.longest);
  });

  test("never leaves its bounds, falls as changes grow, and is no longer than hits need", () => {
    for (let seed = 1; seed <= 5000; seed++) {
      const draw = draws(seed);
      const remade = 10 + draw.below(500);
      const changed = draw.below(remade);
      const seconds = draw.below(100_000);
      const reads = draw.below(1_000_000);
      for (const each of Object.values(BOUNDS)) {
        const fresh = freshFor(each, { remade, changed, seconds, reads });
        expect(fresh).toBeGreaterThanOrEqual(each.shortest);
        expect(fresh).toBeLessThanOrEqual(each.longest);
        expect(freshFor(each, { remade, changed: changed + 1, seconds, reads })).toBeLessThanOrEqual(fresh);
        expect(freshFor(each, { remade, changed, seconds, reads: reads * 2 })).toBeLessThanOrEqual(fresh);
      }
    }
  });
});

test("what was seen long ago counts less", () => {
  const seen = new Sightings();
  for (let i = 0; i < 400; i++) seen.remade("list", true, 10);
  const before = changeRate(seen.of("list"));
  for (let i = 0; i < 2000; i++) seen.remade("list", false, 10);
  expect(changeRate(seen.of("list"))).toBeLessThan(before / 50);
  expect(seen.of("list").remade).toBeLessThanOrEqual(201);
  expect(seen.of("detail").remade).toBe(0);
});
