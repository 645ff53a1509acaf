import { describe, expect, test } from "vitest";
import { Changes, TOLD_MS } from "./flags";

function setting() {
  const kept = new Map<string, unknown>();
  let now = 1_000_000;
  const storage = {
    get: (key: string) => structuredClone(kept.get(key)),
    put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
    delete: (key: string) => kept.delete(key),
  };
  return {
    kept,
    begin: () => new Changes(storage as never, () => now),
    pass: (milliseconds: number) => void (now += milliseconds),
  };
}

describe("changes of flags", () => {
  test("are told for three minutes each, the last one of a name", () => {
    const { begin, pass, kept } = setting();
    const changes = begin();
    changes.note({ redis: "off", maintenance: "on" });
    pass(TOLD_MS - 1);
    changes.note({ redis: null });
    expect(changes.recent()).toEqual({ redis: null, maintenance: "on" });
    pass(1);
    expect(changes.recent()).toEqual({ redis: null });
    pass(TOLD_MS);
    expect(changes.recent()).toEqual({});
    expect(kept.size).toBe(0);
  });

  test("outlive the object that was told", () => {
    const { begin } = setting();
    begin().note({ redis: "off" });
    expect(begin().recent()).toEqual({ redis: "off" });
  });
});
