import { expect, test } from "vitest";
import { SteadyClock } from "./steady";

test("seconds go on, one by one, when the clock is set back by an hour", () => {
  let now = 10_000_500;
  const clock = new SteadyClock(() => now);
  expect(clock.second(0)).toBe(10_000);
  now += 3_600_000;
  expect(clock.second(10_000)).toBe(13_600);
  now -= 3_600_000;
  expect(clock.second(13_600)).toBe(13_600);
  expect(clock.ahead).toBe(3600);
  now += 1000;
  expect(clock.second(13_600)).toBe(13_601);
});
