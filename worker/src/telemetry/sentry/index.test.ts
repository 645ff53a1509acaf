import { describe, expect, test } from "vitest";
import { ErrorReports } from ".";
import { destination } from "./dsn";
import { frames } from "./frames";

const DSN = "https://0123456789abcdef@sentry.example/42";
const ENV = {
  SENTRY_DSN: DSN,
  ENVIRONMENT: "staging",
  VERSION: { id: "version-id", tag: "tag-1", timestamp: "2026-01-01T00:00:00Z" },
};
const STACK = `QueryError: no such person grace@example.com
    at find (index.js:120:11)
    at async Array.map (<anonymous>)
    at async handle (file:///bundle/index.js:99:7)
    at processTicksAndRejections (node:internal/process/task_queues:105:5)
    at async fetch (index.js:10:3)
    at /home/grace/secret/other.js:1:2`;

function failing(name = "QueryError", stack = STACK, more: object = {}): Error {
  return Object.assign(new Error("no such person grace@example.com"), { name, stack, ...more });
}

function sending(answers: (() => Promise<Response>)[] = [], sampled = 1, draw = 0.5) {
  const sent: { url: string; init: RequestInit }[] = [];
  const deferred: Promise<void>[] = [];
  const clock = { now: 1_800_000_000_000 };
  const around = {
    now: () => clock.now,
    draw: () => draw,
    fetch: (url: string, init: RequestInit) => {
      sent.push({ url, init });
      return (answers.shift() ?? (async () => new Response("{}")))();
    },
  };
  const reports = new ErrorReports(around, sampled);
  const report = async (error: unknown, env: typeof ENV = ENV, route = "/api/pitches/{id}") => {
    reports.report(error, { method: "GET", route }, env, (work) => deferred.push(work));
    await Promise.all(deferred);
  };
  return { sent, clock, report };
}

describe("an error", () => {
  test("is told in an envelope, with its own frames and nothing of the request's", async () => {
    const { sent, report } = sending();
    await report(failing("QueryError", STACK, { code: "57P01", detail: "Key (email)=(grace@example.com)" }));
    expect(sent).toHaveLength(1);
    const { url, init } = sent[0] as { url: string; init: RequestInit };
    expect(url).toBe("https://sentry.example/api/42/envelope/");
    expect(new Headers(init.headers).get("x-sentry-auth")).toContain("sentry_key=0123456789abcdef");
    expect(init.signal).toBeInstanceOf(AbortSignal);
    const body = String(init.body);
    expect(body).not.toMatch(/grace|secret|0123456789abcdef/i);
    const [header, item, payload, rest] = body.split("\n");
    expect(rest).toBe("");
    const event = JSON.parse(payload ?? "");
    expect(JSON.parse(header ?? "")).toEqual({ event_id: event.event_id, sent_at: "2027-01-15T08:00:00.000Z" });
    expect(JSON.parse(item ?? "")).toMatchObject({ type: "event", length: Buffer.byteLength(payload ?? "") });
    expect(event).toMatchObject({
      timestamp: 1_800_000_000, platform: "javascript", level: "error", release: "tag-1", environment: "staging",
      transaction: "GET /api/pitches/{id}",
    });
    expect(event.event_id).toMatch(/^[\da-f]{32}$/);
    const [exception] = event.exception.values;
    expect(exception).toMatchObject({ type: "QueryError", value: "57P01" });
    expect(exception.stacktrace.frames.map(({ function: name, lineno }: never) => [name, lineno])).toEqual([
      ["fetch", 10], ["handle", 99], ["find", 120],
    ]);
    expect(Object.keys(event).sort()).toEqual([
      "environment", "event_id", "exception", "fingerprint", "level", "logger", "platform", "release", "timestamp",
      "transaction",
    ]);
  });

  test.each([
    ["a text", "grace@example.com"], ["nothing", undefined],
    ["a name of its own making", failing("for grace@example.com")],
    ["a code of its own making", failing("E", STACK, { code: "grace@example.com" })],
    ["a stack that is none", failing("E", "grace@example.com\n at grace (grace.js:1:1)")],
    ["a name in a frame", failing("E", "E\n    at grace@example.com (index.js:1:1)")],
  ])("that is %s tells nothing of it", async (_, error) => {
    const { sent, report } = sending();
    await report(error);
    expect(sent).toHaveLength(1);
    expect(String(sent[0]?.init.body)).not.toContain("grace");
  });

  test("without a tag names the version's id", async () => {
    const { sent, report } = sending();
    await report(failing(), { ...ENV, VERSION: { ...ENV.VERSION, tag: "" } });
    expect(String(sent[0]?.init.body)).toContain('"release":"version-id"');
  });
});

describe("reports", () => {
  test("are one a minute of each kind, and twenty of all kinds", async () => {
    const { sent, clock, report } = sending();
    for (let i = 0; i < 5; i += 1) await report(failing());
    expect(sent).toHaveLength(1);
    for (let i = 0; i < 50; i += 1) await report(failing(`Error${i}`));
    expect(sent).toHaveLength(20);
    clock.now += 60_000;
    await report(failing());
    expect(sent).toHaveLength(21);
  });

  test.each([
    [0, 0.0, 0], [0.25, 0.2, 1], [0.25, 0.25, 0], [1, 0.999, 1],
  ])("with a share of %d and a draw of %d are %d", async (sampled, draw, count) => {
    const { sent, report } = sending([], sampled, draw);
    await report(failing());
    expect(sent).toHaveLength(count);
  });

  const limited = (headers: Record<string, string>, status = 200) => {
    return async () => new Response("{}", { status, headers });
  };
  test.each([
    ["429 without a word", limited({}, 429), 60],
    ["429 with Retry-After", limited({ "retry-after": "120" }, 429), 120],
    ["a limit of all", limited({ "x-sentry-rate-limits": "90::organization" }), 90],
    ["a limit of errors", limited({ "x-sentry-rate-limits": "5:transaction:key, 70:error;default:key" }, 429), 70],
    ["a limit without end", limited({ "x-sentry-rate-limits": "9999999::key" }), 3600],
  ])("are quiet for as long as %s asks", async (_, answer, seconds) => {
    const { sent, clock, report } = sending([answer]);
    await report(failing("A"));
    clock.now += seconds * 1000 - 1;
    await report(failing("B"));
    expect(sent).toHaveLength(1);
    clock.now += 1;
    await report(failing("C"));
    expect(sent).toHaveLength(2);
  });

  test("mind no limit of what they do not send", async () => {
    const { sent, report } = sending([limited({ "x-sentry-rate-limits": "60:transaction:key" })]);
    await report(failing("A"));
    await report(failing("B"));
    expect(sent).toHaveLength(2);
  });

  test.each([
    ["down", async () => { throw new Error("down"); }],
    ["refusing", async () => new Response("no", { status: 403 })],
    ["redirecting", async () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } })],
  ])("to a Sentry that is %s are lost without a word", async (_, answer) => {
    const { report } = sending([answer as () => Promise<Response>]);
    await expect(report(failing())).resolves.toBeUndefined();
  });

  test("of an error that fights back are lost without a word", async () => {
    const { sent, report } = sending();
    const hostile = new Error("x");
    Object.defineProperty(hostile, "stack", { get() { throw new Error("no"); } });
    await report(hostile);
    expect(sent).toHaveLength(0);
  });
});

test.each([
  "", "no address", "http://key@sentry.example/1", "https://sentry.example/1", "https://key@sentry.example/",
  "https://key@sentry.example/project", "https://k%20y@sentry.example/1",
])("to the DSN %j nothing is sent", async (dsn) => {
  expect(destination(dsn)).toBeNull();
  const { sent, report } = sending();
  await report(failing(), { ...ENV, SENTRY_DSN: dsn });
  expect(sent).toHaveLength(0);
});

test("a DSN may have a port and a path before its project", () => {
  expect(destination("https://key@localhost:8443/base/7")).toEqual({
    url: "https://localhost:8443/base/api/7/envelope/",
    key: "key",
  });
});

test("as many frames are told as help", () => {
  const stack = `E\n${"    at f (index.js:1:1)\n".repeat(100)}`;
  expect(frames(stack)).toHaveLength(30);
  expect(frames(undefined)).toEqual([]);
});
