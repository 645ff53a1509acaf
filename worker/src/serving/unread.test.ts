import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { readUp } from "./unread";

beforeEach(() => {
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  vi.stubGlobal("scheduler", { wait });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A request whose body comes in these parts, and what was taken of it. */
function sent(parts: readonly number[], { ends = true } = {}) {
  const taken = { parts: 0, all: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = parts[taken.parts];
      if (size !== undefined) {
        taken.parts += 1;
        controller.enqueue(new Uint8Array(size));
      } else if (ends) {
        taken.all = true;
        controller.close();
      }
    },
  }, { highWaterMark: 0 });
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, duplex: "half" };
  return { request: new Request("https://api.example/", init), taken };
}

describe("what nobody has read of a request", () => {
  test("is read, where it is small", async () => {
    const { request, taken } = sent([1000, 1000]);
    await readUp(request);
    expect(taken.all).toBe(true);
  });

  test("is left, where it is large", async () => {
    const { request, taken } = sent(Array<number>(100).fill(16 * 1024));
    await readUp(request);
    expect(taken.parts).toBeLessThan(10);
  });

  test("is not waited for", async () => {
    const { request, taken } = sent([10], { ends: false });
    await readUp(request);
    expect(taken).toEqual({ parts: 1, all: false });
  });

  test("is nothing, where it was read or there is none", async () => {
    const { request } = sent([10]);
    await request.arrayBuffer();
    await readUp(request);
    await readUp(new Request("https://api.example/"));
  });
});
