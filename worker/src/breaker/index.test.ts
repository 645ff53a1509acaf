import { describe, expect, test } from "vitest";
import { draws } from "../../test/draws";
import { Breaker, type BreakerSettings, type Ticket } from ".";

const SETTINGS: BreakerSettings = {
  failures: 3,
  share: 0.5,
  windowMs: 10_000,
  openMs: 1000,
  longestOpenMs: 8000,
  trialMs: 2000,
};

function fail(breaker: Breaker, times: number, now: number): void {
  for (let i = 0; i < times; i++) {
    const ticket = breaker.admit(now);
    if (ticket) breaker.tell(ticket, false, now);
  }
}

describe("a breaker", () => {
  test("opens after so many failures, and lets one alone try when its time is over", () => {
    const breaker = new Breaker(SETTINGS);
    fail(breaker, 3, 0);
    expect(breaker.circuit).toBe("open");
    expect(breaker.wait(400)).toBe(600);
    expect(breaker.admit(999)).toBeNull();
    const trial = breaker.admit(1000);
    expect(trial).not.toBeNull();
    expect(breaker.admit(1001)).toBeNull();
    breaker.tell(trial as Ticket, true, 1100);
    expect(breaker.circuit).toBe("closed");
  });

  test("stays open twice as long each time in a row, up to its longest", () => {
    const breaker = new Breaker(SETTINGS);
    fail(breaker, 3, 0);
    let now = 0;
    const waits = [];
    for (let i = 0; i < 6; i++) {
      waits.push(breaker.wait(now));
      now += breaker.wait(now);
      fail(breaker, 1, now);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  test("lets another one try when a trial was cut off", () => {
    const breaker = new Breaker(SETTINGS);
    fail(breaker, 3, 0);
    const lost = breaker.admit(1000) as Ticket;
    expect(breaker.admit(2999)).toBeNull();
    const next = breaker.admit(3000) as Ticket;
    expect(next).not.toBeNull();
    breaker.tell(lost, false, 3001);
    expect(breaker.circuit).toBe("half-open");
    breaker.tell(next, true, 3002);
    expect(breaker.circuit).toBe("closed");
  });

  test("stays closed while most of what it lets through works", () => {
    const breaker = new Breaker(SETTINGS);
    for (let i = 0; i < 100; i++) {
      breaker.tell(breaker.admit(i) as Ticket, i % 3 !== 0, i);
      expect(breaker.circuit).toBe("closed");
    }
  });

  test("forgets failures of a window that is over", () => {
    const breaker = new Breaker(SETTINGS);
    for (let i = 0; i < 20; i++) fail(breaker, 2, i * 10_000);
    expect(breaker.circuit).toBe("closed");
  });
});

test("whatever happens, one at a time tries a breaker that is not closed, and it heals", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const draw = draws(seed);
    const breaker = new Breaker(SETTINGS);
    let now = 0;
    let waiting: { ticket: Ticket; at: number }[] = [];
    for (let step = 0; step < 200; step++) {
      // A clock that is set back by a minute now and then, too.
      now += draw.chance(0.02) ? -60_000 : draw.below(1500);
      if (draw.chance(0.6)) {
        const before = breaker.circuit;
        const ticket = breaker.admit(now);
        if (ticket) {
          if (before !== "closed") waiting = [];
          waiting.push({ ticket, at: now });
        }
        if (before !== "closed" && ticket) expect(breaker.admit(now)).toBeNull();
      } else {
        const told = waiting.splice(draw.below(waiting.length + 1), 1)[0];
        if (told) breaker.tell(told.ticket, draw.chance(0.5), now);
      }
      expect(breaker.wait(now)).toBeLessThanOrEqual(SETTINGS.longestOpenMs);
    }
    for (let i = 0; i < 3; i++) {
      now += SETTINGS.longestOpenMs;
      const ticket = breaker.admit(now);
      if (ticket) breaker.tell(ticket, true, now);
    }
    expect(breaker.circuit).toBe("closed");
  }
});
