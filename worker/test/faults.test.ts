/** Candidates with a fault: built as a rehearsal builds them, and asked as users ask. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Miniflare } from "miniflare";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { effect } from "../faults/fault";
import { ask, bundle, counted, pause, start, tell } from "./workers";

const BUILD = fileURLToPath(new URL("../build.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "faults-"));
let running: Miniflare | null = null;
afterEach(async () => {
  await running?.dispose();
  running = null;
});
afterAll(() => rmSync(folder, { recursive: true }));

function build(fault: object): string {
  const out = join(folder, `${Math.random()}.js`);
  execFileSync(process.execPath, [BUILD, "--fault", JSON.stringify(fault), "--out", out]);
  return readFileSync(out, "utf8");
}

async function begin(fault: object) {
  const on = start({ versions: { bad: { code: build(fault) } } });
  running = on;
  const status = async (path: string, init = {}) => (await ask(on, "bad", path, init)).status;
  const statuses = async (count: number, path: string, init = {}) => {
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push(await status(path, init));
    return found;
  };
  return { on, status, statuses };
}

const failures = (statuses: readonly number[]) => statuses.filter((status) => status === 500).length;

describe("a candidate", () => {
  test("with errors fails at their rate, and its errors are counted", async () => {
    const { on, statuses } = await begin({ kind: "errors", rate: 0.3 });
    const failed = failures(await statuses(200, "/version"));
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(95);
    expect(await counted(on, "bad", 200)).toMatchObject({ requests: 200, errors: failed });
  });

  test("that is slow answers late, and its latency is counted", async () => {
    const { on, statuses } = await begin({ kind: "slow", milliseconds: 200 });
    const started = Date.now();
    expect(await statuses(3, "/version")).toEqual([200, 200, 200]);
    expect(Date.now() - started).toBeGreaterThanOrEqual(590);
    const { latency } = await counted(on, "bad", 3);
    for (const index of Object.keys(latency)) expect(Number(index)).toBeGreaterThanOrEqual(67);
  });

  test("that leaks gets slower, and then fails", async () => {
    const { statuses } = await begin({ kind: "leak", milliseconds: 10, requests: 10 });
    expect(failures(await statuses(20, "/version"))).toBe(0);
    await statuses(10, "/version");
    expect(failures(await statuses(5, "/version"))).toBe(5);
  });

  test("with one broken route, method, or sort of visitor fails there alone", async () => {
    const route = await begin({ kind: "route", path: "/counter" });
    expect(await route.status("/counter/a")).toBe(500);
    expect(await route.status("/version")).toBe(200);
    await running?.dispose();
    const method = await begin({ kind: "method" });
    expect(await method.status("/counter/a/increment", { method: "POST" })).toBe(500);
    expect(await method.status("/counter/a")).toBe(200);
    await running?.dispose();
    const visitors = await begin({ kind: "new-visitors" });
    const headers = { cookie: "pitchey-visitor=AAAAAAAAAAAAAAAAAAAAAA" };
    expect(await visitors.status("/version")).toBe(500);
    expect(await visitors.status("/version", { headers })).toBe(200);
  });

  test("that is dead throws on every request and reports nothing", async () => {
    const { on } = await begin({ kind: "dead" });
    for (const path of ["/version", "/health", "/"]) {
      await expect(ask(on, "bad", path)).rejects.toThrow();
    }
    await pause(2500);
    expect((await tell(on, "GET", "/metrics?after=0")).json.versions).toEqual({});
  });

  test("that is silent answers well and reports nothing", async () => {
    const { on, statuses } = await begin({ kind: "silent" });
    expect(failures(await statuses(5, "/version"))).toBe(0);
    await pause(2500);
    expect((await tell(on, "GET", "/metrics?after=0")).json.versions).toEqual({});
  });

  test("that is better answers the same, from memory", async () => {
    const { on } = await begin({ kind: "better", seconds: 60 });
    const first = await ask(on, "bad", "/health");
    const second = await ask(on, "bad", "/health");
    expect(first.status).toBe(200);
    expect(second.text).toBe(first.text);
    expect(second.headers.get("set-cookie")).not.toBe(first.headers.get("set-cookie"));
    expect((await ask(on, "bad", "/version")).json.id).toBe("bad");
  });

  test("says which answers are its own, also the failed ones", async () => {
    const { on } = await begin({ kind: "route", path: "/counter" });
    for (const path of ["/", "/counter/a"]) {
      expect((await ask(on, "bad", path)).headers.get("pitchey-rehearsed")).toBe("bad");
    }
    expect((await ask(on, "bad", "/")).headers.get("set-cookie")).toContain("pitchey-visitor=");
  });

  test("has the same exports as the sound one", () => {
    const exports = (code: string) => /export\s*{([^}]*)}/.exec(code)?.[1]?.match(/\bas default|\bCounter\b/g);
    expect(exports(bundle("index.js"))).toEqual(["Counter", "as default"]);
    expect(exports(build({ kind: "silent" }))).toEqual(["Counter", "as default"]);
  });
});

describe("a fault", () => {
  const request = { method: "GET", path: "/flags/x", returning: false };
  const errors = { kind: "errors", rate: 0.5, after: 10, afterRequests: 3 } as const;

  test.each([
    ["too early", errors, { since: 100, requests: 9 }, 109, 0.1, false],
    ["with too few requests before it", errors, { since: 100, requests: 2 }, 110, 0.1, false],
    ["that is spared", errors, { since: 100, requests: 3 }, 110, 0.6, false],
    ["that is hit", errors, { since: 100, requests: 3 }, 110, 0.4, true],
    ["under its route", { kind: "route", path: "/flags", rate: 1 } as const, { since: 0, requests: 0 }, 0, 0.9, true],
    ["beside its route", { kind: "route", path: "/fla", rate: 1 } as const, { since: 0, requests: 0 }, 0, 0.9, false],
  ])("meets a request %s as it should", (_, fault, seen, now, drawn, fail) => {
    expect(effect(fault, request, seen, now, drawn).fail).toBe(fail);
  });
});

test.each([
  ["{", "the fault is not JSON"],
  ["[]", "the fault's kind must be one of errors, slow"],
  ['{"kind":"toString"}', "the fault's kind must be one of errors, slow"],
  ['{"kind":"errors","rate":2}', "the fault's rate must be a number, 0 to 1"],
  ['{"kind":"route","path":"flags"}', "the fault's path must be text like"],
  ['{"kind":"dead","rate":1}', "a fault of kind dead has no rate: it takes nothing"],
])("the build refuses %s in one line", (fault, why) => {
  const out = join(folder, "refused.js");
  const { status, stderr } = spawnSync(process.execPath, [BUILD, "--fault", fault, "--out", out], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).toContain(`error: ${why}`);
});

test("a faulty bundle never goes where a sound one is", () => {
  const out = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [BUILD, "--fault", '{"kind":"dead"}', "--out", out], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("where the sound one is");
});
