/** A flag that was changed holds within seconds, though KV tells it a minute later. */

import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, said, start, TOKEN, tell, until } from "./workers";

let running: Miniflare;
beforeAll(() => {
  // KV as it is at a data centre that has read it just before: it knows of no flag.
  const changes = `changed.FLAGS = {
    get: async (key) => (Array.isArray(key) ? new Map(key.map((name) => [name, null])) : null),
  };`;
  running = start({ versions: { one: { changes } } });
});
afterAll(async () => {
  await running.dispose();
  expect(said.join("\n")).not.toContain(TOKEN);
});

const put = (flags: unknown) => tell(running, "PUT", "/flags", { flags });
const closed = async () => (await ask(running, "one", "/api/ndas")).status === 503;

describe("a flag", () => {
  test("is heard of by an isolate that serves, and so is that it was taken away", async () => {
    expect(await closed()).toBe(false);
    expect(await put({ maintenance: "on" })).toMatchObject({ status: 200, json: { seconds: 180 } });
    const from = Date.now();
    await until(closed, (is) => is);
    await put({ maintenance: null });
    await until(closed, (is) => !is);
    expect(Date.now() - from).toBeLessThan(10_000);
  });

  test.each([
    [undefined],
    [[]],
    [{}],
    [{ "": "off" }],
    [{ "a/b": "off" }],
    [{ redis: 5 }],
    [{ redis: "x".repeat(2001) }],
    [Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`f${i}`, "off"]))],
  ])("%# is refused", async (flags) => {
    expect((await put(flags)).status).toBe(400);
  });
});
