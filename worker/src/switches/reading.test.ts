import { describe, expect, test } from "vitest";
import { Changed } from "./changed";
import { Reading, switches, type Values } from "./reading";

const values = (given: Record<string, string>): Values => new Map(Object.entries(given));

function setting(read: () => Promise<Values>) {
  let [now, reads] = [0, 0];
  const changed = new Changed(() => now);
  const reading = new Reading(
    () => {
      reads++;
      return read();
    },
    () => now,
    changed,
  );
  const deferred: Promise<void>[] = [];
  return {
    get: () => reading.get((work) => void deferred.push(work)),
    async pass(milliseconds: number) {
      now += milliseconds;
      await Promise.all(deferred);
    },
    hear: (flags: Record<string, string | null>) => changed.hear(flags),
    get reads() {
      return reads;
    },
  };
}

describe("a switch", () => {
  test.each(["off", '"off"', "false", " off\n"])("is off by %j", (text) => {
    expect(switches(values({ redis: text })).isOn("redis")).toBe(false);
    expect(switches(values({ redis: text })).isOn("hyperdrive")).toBe(true);
  });

  test.each(["", "on", '"on"', "{", "null", "0", "OFF?"])("is on by %j", (text) => {
    expect(switches(values({ redis: text })).isOn("redis")).toBe(true);
  });

  test.each([
    ["on", 120],
    ["true", 120],
    ["30", 30],
    ['{"retryAfter":7.2}', 8],
    ['{"retryAfter":1e9}', 86_400],
    ["{}", 120],
    ['{"until":90}', 90],
  ])("of maintenance by %j says %i seconds", (text, seconds) => {
    expect(switches(values({ maintenance: text })).maintenance).toEqual({ retryAfter: seconds });
  });

  test.each(["off", "", "null", "[]", "-1", "0", "rubbish"])(
    "of maintenance by %j is none",
    (text) => expect(switches(values({ maintenance: text })).maintenance).toBeNull(),
  );
});

describe("switches", () => {
  test("are read at most every 2 s, and in the background after the first time", async () => {
    let text = "on";
    const on = setting(async () => values({ redis: text }));
    expect((await on.get()).isOn("redis")).toBe(true);
    text = "off";
    await on.pass(1999);
    for (let i = 0; i < 5; i++) expect((await on.get()).isOn("redis")).toBe(true);
    expect(on.reads).toBe(1);
    await on.pass(1);
    await on.get();
    await on.pass(0);
    expect((await on.get()).isOn("redis")).toBe(false);
    expect(on.reads).toBe(2);
  });

  test("are as they were known last while KV fails", async () => {
    let down = false;
    const on = setting(async () => {
      if (down) throw new Error("down");
      return values({ redis: "off" });
    });
    await on.get();
    down = true;
    for (let i = 0; i < 5; i++) {
      await on.pass(2000);
      expect((await on.get()).isOn("redis")).toBe(false);
    }
    expect(on.reads).toBe(6);
  });

  test("are the defaults where KV never answered, and nobody but the first waits for it", async () => {
    const on = setting(() => new Promise(() => {}));
    const started = performance.now();
    expect((await on.get()).isOn("redis")).toBe(true);
    for (let i = 0; i < 20; i++) expect((await on.get()).maintenance).toBeNull();
    expect(performance.now() - started).toBeLessThan(8000);
  });

  test("are as a recorder tells them while KV does not know yet", async () => {
    const on = setting(async () => values({ redis: "off", "edge-cache": "on" }));
    await on.get();
    on.hear({ "edge-cache": "off", redis: null });
    expect((await on.get()).isOn("edge-cache")).toBe(false);
    expect((await on.get()).isOn("redis")).toBe(true);
    await on.pass(2000);
    await on.get();
    await on.pass(0);
    expect((await on.get()).isOn("edge-cache")).toBe(false);
    on.hear({});
    expect((await on.get()).isOn("edge-cache")).toBe(true);
    expect((await on.get()).isOn("redis")).toBe(false);
  });

  test("are KV's again when the recorder has not been heard for three minutes", async () => {
    const on = setting(async () => values({}));
    on.hear({ maintenance: "on" });
    expect((await on.get()).maintenance).not.toBeNull();
    await on.pass(179_999);
    expect((await on.get()).maintenance).not.toBeNull();
    await on.pass(1);
    expect((await on.get()).maintenance).toBeNull();
  });
});
