import { describe, expect, test } from "vitest";
import type { Heard } from "../../rollouts/recorder";
import { Recording } from ".";
import { type Answered, type Report, UNREPORTED } from "./counts";

const NOTHING: Heard = { flags: {} };
const REQUEST: Answered = { failed: false, milliseconds: 3, segments: [], counters: {}, probe: false };

/** A clock that goes on only when all have had their say, and a recorder that does as it is told. */
function setting(record: (reports: Report[]) => Promise<Heard>) {
  const heard: Heard[] = [];
  let now = 1_000_000;
  let waiting: { until: number; wake: () => void }[] = [];
  const deferred: Promise<void>[] = [];
  const clock = {
    now: () => now,
    wait: (milliseconds: number) =>
      new Promise<void>((wake) => {
        waiting.push({ until: now + milliseconds, wake });
      }),
  };
  const begin = () => {
    const recording = new Recording(clock, (told) => heard.push(told));
    return () => recording.note(REQUEST, "v-1", binding, (work) => deferred.push(work));
  };
  const binding = { getByName: () => ({ record }) } as never;
  return {
    deferred,
    heard,
    now: clock.now,
    /** Another isolate, and a request to it. */
    begin,
    note: begin(),
    async pass(milliseconds: number) {
      for (const end = now + milliseconds; now < end; now += 100) {
        const due = waiting.filter(({ until }) => until <= now);
        waiting = waiting.filter(({ until }) => until > now);
        for (const { wake } of due) wake();
        for (let i = 0; i < 20; i++) await Promise.resolve();
      }
    },
    /** The platform cuts off what goes on after the answers. */
    cutOff() {
      waiting = [];
    },
  };
}

function recorder(answers: (call: number) => Promise<Heard>) {
  const calls: Report[][] = [];
  const record = (reports: Report[]) => answers(calls.push(structuredClone(reports)));
  return { calls, record };
}

const requests = (calls: Report[][]) => calls.flat().reduce((sum, { counts }) => sum + counts.requests, 0);

describe("an isolate's counts", () => {
  test("go out in the middle of a second, and what came in during the call in the next one's", async () => {
    const { calls, record } = recorder(async () => NOTHING);
    const { note, pass, deferred } = setting(record);
    note();
    note();
    await pass(500);
    expect(calls).toHaveLength(0);
    await pass(100);
    expect(requests(calls)).toBe(2);
    note();
    await pass(900);
    expect(requests(calls)).toBe(2);
    await pass(100);
    expect(requests(calls)).toBe(3);
    expect(deferred).toHaveLength(2);
  });

  test("go out at the same moment, whenever each of two versions was asked first", async () => {
    const told: number[] = [];
    const { record } = recorder(async () => NOTHING);
    const { begin, note, pass, now } = setting((reports) => {
      told.push(now());
      return record(reports);
    });
    const other = begin();
    for (let i = 0; i < 30; i++) {
      note();
      await pass(300);
      other();
      await pass(300);
    }
    const moments = new Set(told);
    expect([...moments].every((at) => at % 1000 === 500)).toBe(true);
    // Two for each moment, but for the first and the last.
    expect(told.length).toBeGreaterThanOrEqual(2 * moments.size - 2);
  });

  test("that come in when a timer woke a little early wait for the next moment", async () => {
    const { calls, record } = recorder(async () => NOTHING);
    const { note, pass } = setting(record);
    await pass(500);
    note();
    await pass(900);
    expect(calls).toHaveLength(0);
    await pass(200);
    expect(calls).toHaveLength(1);
  });

  test("are sent again with the same id when the recorder fails, without another request", async () => {
    const { calls, record } = recorder(async (call) => {
      if (call < 3) throw new Error("down");
      return NOTHING;
    });
    const { note, pass } = setting(record);
    note();
    await pass(5000);
    expect(calls).toHaveLength(3);
    expect(new Set(calls.flat().map(({ id }) => id)).size).toBe(1);
  });

  test("bring back what the recorder has to tell, and nothing while it fails", async () => {
    const told: Heard = { flags: { redis: "off" } };
    const { record } = recorder(async (call) => {
      if (call < 2) throw new Error("down");
      return told;
    });
    const { note, pass, heard } = setting(record);
    note();
    await pass(1500);
    expect(heard).toEqual([]);
    await pass(3000);
    expect(heard).toEqual([told]);
  });

  test("are given up after a minute, and that is counted", async () => {
    let up = false;
    const { calls, record } = recorder(async () => {
      if (!up) throw new Error("down");
      return NOTHING;
    });
    const { note, pass } = setting(record);
    note();
    note();
    await pass(70_000);
    up = true;
    const before = calls.length;
    note();
    await pass(1500);
    const [last] = calls.slice(before);
    expect(last).toHaveLength(1);
    expect(last?.[0]?.counts).toMatchObject({ requests: 1, counters: { [UNREPORTED]: 2 } });
  });

  test("are taken over by a later request when the platform cut their flush off", async () => {
    const { calls, record } = recorder(async () => NOTHING);
    const { note, pass, cutOff } = setting(record);
    note();
    cutOff();
    await pass(10_000);
    note();
    await pass(1500);
    expect(requests(calls)).toBe(2);
  });

  test("never pile up calls to a recorder that hangs", async () => {
    const { calls, record } = recorder(() => new Promise(() => {}));
    const { note, pass } = setting(record);
    for (let i = 0; i < 100; i++) {
      note();
      await pass(100);
    }
    expect(calls.length).toBeLessThanOrEqual(10);
  });
});
