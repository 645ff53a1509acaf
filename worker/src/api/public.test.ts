import { describe, expect, test } from "vitest";
import { classOf } from "./classes";
import { publicRoute, repeatable } from "./public";
import { shown, Views } from "./views";

const ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const at = (path: string) => new URL(path, "https://api.example");

describe("what everybody may see", () => {
  test.each([
    ["/api/pitches", "list"],
    ["/api/pitches?genre=drama&limit=3", "list"],
    ["/api/pitches?q=love", "search"],
    ["/api/pitches/trending", "trending"],
    [`/api/pitches/${ID}`, "detail"],
  ])("%s is kept as %s", (path, kind) => {
    expect(publicRoute("GET", at(path))?.kind).toBe(kind);
    expect(publicRoute("HEAD", at(path))?.kind).toBe(kind);
    expect(publicRoute("POST", at(path))).toBeNull();
  });

  test.each([
    "/api/ndas", `/api/uploads/${ID}`, "/api/dashboards/creator", "/api/health", "/api/version", "/api/sessions",
    `/api/pitches/${ID}/ndas`, `/api/pitches/${ID.toUpperCase()}`, "/api/pitches/x", `/api/saved/${ID}`,
  ])("%s is not", (path) => {
    expect(publicRoute("GET", at(path))).toBeNull();
  });

  test.each([
    "/api/pitches?x=1", "/api/pitches?limit=1&limit=2", `/api/pitches/${ID}?x=1`, "/api/pitches/trending?q=a",
  ])("%s is refused rather than answered by what was kept", (path) => {
    expect(publicRoute("GET", at(path))).toBeNull();
  });
});

test.each([
  ["/api/pitches", "/api/pitches"],
  ["/api/pitches?limit=3&format=series", "/api/pitches?format=series&limit=3"],
  ["/api/pitches?format=", "/api/pitches"],
  [`/api/pitches/${ID}`, `/api/pitches/${ID}`],
  ["/api/pitches?q=ada", null],
  ["/api/pitches?format=series&q=", null],
  ["/api/pitches?genre=ada", null],
  ["/api/pitches?cursor=abc", null],
])("%s may be asked for again as %s", (path, again) => {
  const route = publicRoute("GET", at(path));
  expect(route && repeatable(route, at(path))).toBe(again);
});

test.each([
  ["POST", "/api/people", "sign-up"],
  ["POST", "/api/sessions", "login"],
  ["POST", "/api/sessions/refresh", "refresh"],
  ["DELETE", "/api/sessions", "write"],
  ["POST", `/api/pitches/${ID}/uploads`, "upload"],
  ["POST", `/api/pitches/${ID}/ndas`, "write"],
  ["PATCH", `/api/pitches/${ID}`, "write"],
  ["GET", "/api/pitches", "read"],
  ["HEAD", "/api/pitches?q=a", "search"],
  ["GET", "/api/health", null],
])("%s %s counts as %s", (method, path, kind) => {
  expect(classOf(method, at(path))).toBe(kind);
});

describe("views", () => {
  const request = (path: string, method = "GET") => new Request(at(path), { method });

  test("are of pitches that were shown", () => {
    expect(shown(request(`/api/pitches/${ID}`), new Response())).toBe(ID);
    expect(shown(request(`/api/pitches/${ID}`), new Response(null, { status: 304 }))).toBe(ID);
    expect(shown(request(`/api/pitches/${ID}`), new Response(null, { status: 404 }))).toBeNull();
    expect(shown(request(`/api/pitches/${ID}`, "HEAD"), new Response())).toBeNull();
    expect(shown(request("/api/pitches/trending"), new Response())).toBeNull();
  });

  /** Statements that were written, and how to let time pass. */
  function counted(write: () => Promise<void> = async () => {}) {
    const written: unknown[] = [];
    const waiting: (() => void)[] = [];
    const deferred: Promise<void>[] = [];
    let now = 0;
    const views = new Views({ now: () => now, wait: () => new Promise<void>((resolve) => waiting.push(resolve)) });
    const database = {
      read: () => Promise.reject(new Error("nothing is read")),
      ping: () => Promise.resolve("direct" as const),
      async write(work: (sql: never) => Promise<never>) {
        await write();
        const sql = (_: readonly string[], text: string) => void written.push(JSON.parse(text));
        return work(sql as never);
      },
    };
    return {
      written,
      deferred,
      see: (id: string) => views.note(id, database, (work) => void deferred.push(work)),
      async pass(milliseconds = 3000) {
        now += milliseconds;
        for (const resume of waiting.splice(0)) resume();
        await Promise.all(deferred.splice(0));
      },
      later: (milliseconds: number) => {
        now += milliseconds;
      },
    };
  }

  test("are written together, once for each pitch", async () => {
    const { written, see, pass } = counted();
    for (const id of ["a", "b", "a", "a"]) see(id);
    expect(written).toEqual([]);
    await pass();
    expect(written).toEqual([{ a: 3, b: 1 }]);
    see("c");
    await pass();
    expect(written).toEqual([{ a: 3, b: 1 }, { c: 1 }]);
  });

  test("that cannot be written harm nobody", async () => {
    const { written, see, pass } = counted(() => Promise.reject(new Error("down")));
    see("a");
    await expect(pass()).resolves.toBeUndefined();
    expect(written).toEqual([]);
  });

  test("go on when what was to write them was cut off", () => {
    const { see, later, deferred } = counted();
    see("a");
    see("a");
    expect(deferred).toHaveLength(1);
    later(31_000);
    see("a");
    expect(deferred).toHaveLength(2);
  });
});
