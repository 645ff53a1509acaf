/** The built bundle in workerd, with real KV and Durable Objects. */

import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueAccess, keysOf, type Role } from "../src/security/tokens";

const SECRETS = {
  JWT_SECRET: "jwt-secret-0123456789abcdef0123456789abcdef",
  DATABASE_URL: "postgresql://pitchey:database-password@db.example/pitchey",
  UPSTASH_REDIS_REST_URL: "https://redis-address.upstash.example",
  UPSTASH_REDIS_REST_TOKEN: "upstash-token-0123456789",
  SENTRY_DSN: "https://sentry-key@o1.ingest.sentry.example/1",
};
const bundle = readFileSync(new URL("../dist/index.js", import.meta.url), "utf8");
const seen: string[] = [];

function cloud(bindings: Record<string, unknown>, wrap = ""): Miniflare {
  const options = {
    modules: [
      { type: "ESModule" as const, path: "index.js", contents: `${wrapper(wrap)}` },
      { type: "ESModule" as const, path: "worker.js", contents: bundle },
    ],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: { ENVIRONMENT: "test", ...bindings },
    kvNamespaces: ["CACHE", "SESSIONS", "FLAGS"],
    durableObjects: { COUNTER: { className: "Counter", useSQLite: true } },
  };
  return new Miniflare(convertV4MiniflareOptions(options));
}

/** The edge gives VERSION, UPLOADS and DATABASE; here they stand in: a bucket that is empty, a database that takes connections and answers nothing. */
function wrapper(changes: string): string {
  return `
    import worker from "./worker.js";
    export * from "./worker.js";
    const given = (env) => ({
      VERSION: { id: "version-id", tag: "tag-1", timestamp: "2026-01-01T00:00:00Z" },
      UPLOADS: { head: async () => null },
      DATABASE: { connectionString: env.DATABASE_URL, connect: () => ({ opened: Promise.resolve(), close: async () => {} }) },
    });
    export default { fetch: (request, env, context) => {
      const changed = { ...env, ...given(env) };
      ${changes}
      return worker.fetch(request, changed, context);
    } };`;
}

async function ask(on: Miniflare, path: string, init: Record<string, unknown> = {}) {
  const answer = await on.dispatchFetch(`https://api.example${path}`, init);
  const text = await answer.text();
  seen.push(text, JSON.stringify([...answer.headers]));
  return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
}

let running: Miniflare;
beforeAll(() => {
  running = cloud(SECRETS);
});
afterAll(async () => {
  for (const [name, value] of Object.entries(SECRETS)) {
    expect(seen.join("\n"), `${name} is in no answer`).not.toContain(value);
  }
  await running.dispose();
});

describe("health", () => {
  test("uses each binding for real", async () => {
    const answer = await ask(running, "/health");
    expect(answer.status).toBe(200);
    const { bindings, secrets } = answer.json();
    for (const name of ["CACHE", "SESSIONS", "FLAGS", "COUNTER", "UPLOADS", "DATABASE"]) {
      expect(bindings[name].status).toBe("ok");
    }
    expect(secrets.JWT_SECRET).toBe("present");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("is 503 when a binding fails, and names it", async () => {
    const broken = cloud(SECRETS, "changed.CACHE = { get() { throw new Error('down') } };");
    const answer = await ask(broken, "/health");
    await broken.dispose();
    expect(answer.status).toBe(503);
    expect(answer.json().bindings.CACHE.status).toBe("failing");
    expect(answer.json().bindings.FLAGS.status).toBe("ok");
  });

  test("is 503 when a bucket that is served fails", async () => {
    const broken = cloud(SECRETS, "changed.UPLOADS = { head() { throw new Error('down') } };");
    const answer = await ask(broken, "/health");
    await broken.dispose();
    expect(answer.status).toBe(503);
    expect(answer.json().bindings.UPLOADS.status).toBe("failing");
  });

  test("is 503 when a secret is missing", async () => {
    const { SENTRY_DSN: _, ...others } = SECRETS;
    const poor = cloud(others);
    const answer = await ask(poor, "/health");
    await poor.dispose();
    expect(answer.status).toBe(503);
    expect(answer.json().secrets.SENTRY_DSN).toBe("missing");
  });
});

test("the version that serves is told", async () => {
  const answer = await ask(running, "/version");
  expect(answer.json()).toEqual({
    id: "version-id",
    tag: "tag-1",
    timestamp: "2026-01-01T00:00:00Z",
    environment: "test",
  });
});

test("a counter keeps what it counted, and counters are apart", async () => {
  expect((await ask(running, "/counter/a")).json().value).toBe(0);
  for (const value of [1, 2, 3]) {
    const answer = await ask(running, "/counter/a/increment", { method: "POST" });
    expect(answer.json().value).toBe(value);
  }
  expect((await ask(running, "/counter/a")).json().value).toBe(3);
  expect((await ask(running, "/counter/b")).json().value).toBe(0);
});

describe("the API", () => {
  test("is served, and described", async () => {
    expect((await ask(running, "/api/version")).json().id).toBe("version-id");
    const description = (await ask(running, "/api/openapi.json")).json();
    expect(description.openapi).toBe("3.1.0");
    expect(Object.keys(description.paths)).toContain("/api/pitches/{id}");
  });

  test("is unavailable, and no more, while its database is", async () => {
    for (const path of ["/api/pitches", "/api/pitches/trending", "/api/pitches?q=love"]) {
      const answer = await ask(running, path);
      expect(answer.status).toBe(503);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });

  test("takes no body that is too large, of another type, or no JSON", async () => {
    const sent = (body: string, type = "application/json") =>
      ask(running, "/api/sessions", { method: "POST", body, headers: { "content-type": type } });
    expect((await sent(JSON.stringify("x".repeat(70_000)))).status).toBe(413);
    expect((await sent("{}", "text/plain")).status).toBe(415);
    expect((await sent("{")).status).toBe(400);
    expect((await sent("{}")).status).toBe(422);
  });
});

describe("flags", () => {
  const bearer = async (role: Role) => {
    const [keys, now] = [await keysOf(SECRETS), Math.floor(Date.now() / 1000)];
    return { authorization: `Bearer ${await issueAccess(keys, "test", now, { person: "p", role, session: "s" })}` };
  };

  test("are read by everybody and written by operators alone", async () => {
    const put = { method: "PUT", body: JSON.stringify({ on: true }) };
    expect((await ask(running, "/flags/new-cache", put)).status).toBe(401);
    for (const role of ["creator", "investor", "production"] as const) {
      expect((await ask(running, "/flags/new-cache", { ...put, headers: await bearer(role) })).status).toBe(403);
    }
    const headers = await bearer("operator");
    expect((await ask(running, "/flags/new-cache", { ...put, headers })).status).toBe(200);
    expect((await ask(running, "/flags/new-cache")).json().value).toEqual({ on: true });
    expect((await ask(running, "/flags/new-cache", { method: "DELETE" })).status).toBe(401);
    expect((await ask(running, "/flags/new-cache", { method: "DELETE", headers })).status).toBe(200);
    expect((await ask(running, "/flags/new-cache")).status).toBe(404);
  });

  test("must be JSON and small", async () => {
    const headers = await bearer("operator");
    const put = (body: string) => ask(running, "/flags/x", { method: "PUT", headers, body });
    expect((await put("{")).status).toBe(400);
    expect((await put("null")).status).toBe(400);
    expect((await put(JSON.stringify("x".repeat(20_000)))).status).toBe(413);
  });
});

test.each([
  ["/nothing", "GET", 404],
  ["/api", "GET", 404],
  ["/api/nothing", "GET", 404],
  ["/api/%76ersion", "GET", 404],
  ["/api/version", "DELETE", 405],
  ["/flags/UPPER", "GET", 404],
  ["/counter/a/b/c", "GET", 404],
  ["/health", "POST", 405],
  ["/version", "DELETE", 405],
  ["/counter/a", "PUT", 405],
  ["/counter/a/increment", "GET", 405],
  ["/flags/x", "PATCH", 405],
  ["/", "POST", 405],
])("%s by %s is a %d that explains itself", async (path, method, status) => {
  const answer = await ask(running, path, { method });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json().detail).toBeTruthy();
  if (status === 405) expect(answer.headers.get("allow")).toBeTruthy();
});

test("a failure inside is a 500 that tells nothing of the inside but the version", async () => {
  const broken = cloud(SECRETS, "changed.COUNTER = { getByName() { throw new Error('inner') } };");
  const answer = await ask(broken, "/counter/a");
  await broken.dispose();
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("inner");
  expect(answer.headers.get("pitchey-version")).toBe("version-id");
});

describe("a page of the app can read", () => {
  const APP = "https://app.pitchey.example";
  const FULL = "{ getByName: () => ({ take: async () => ({ allowed: false, remaining: 0, fullIn: 9, retryIn: 9 }) }) }";

  test.each([
    ["an answer", 200, "/api/version", {}, ""],
    ["what is not there", 404, "/api/nothing", {}, ""],
    ["what one is not signed in for", 401, "/api/dashboards/creator", {}, ""],
    ["a wrong method", 405, "/api/version", { method: "DELETE" }, ""],
    ["too often", 429, "/api/dashboards/creator", {}, `changed.RATES = ${FULL};`],
    ["a database that is away", 503, "/api/pitches", {}, ""],
    ["maintenance", 503, "/api/pitches", {}, "changed.FLAGS = { get: async () => new Map([['maintenance', 'on']]) };"],
    [
      "a mistake of ours", 500, "/api/dashboards/creator", { headers: { authorization: "Bearer a.b.c" } },
      "changed.JWT_SECRET = 'short';",
    ],
  ])("%s (%d)", async (_, status, path, init: { method?: string; headers?: Record<string, string> }, changes) => {
    const on = cloud({ ...SECRETS, ALLOWED_ORIGINS: APP }, changes);
    const asked = (origin: string) => ask(on, path, { ...init, headers: { ...init.headers, origin } });
    const [ours, strange] = [await asked(APP), await asked("https://evil.example")];
    await on.dispose();
    expect([ours.status, strange.status]).toEqual([status, status]);
    expect(ours.headers.get("access-control-allow-origin")).toBe(APP);
    expect(ours.headers.get("access-control-allow-credentials")).toBe("true");
    expect(ours.headers.get("access-control-expose-headers")).toContain("retry-after");
    expect(strange.headers.has("access-control-allow-origin")).toBe(false);
    expect(strange.headers.get("vary")).toContain("Origin");
  });
});

test.each(["/", "/version", "/health", "/nothing"])("the answer of %s names its version", async (path) => {
  expect((await ask(running, path)).headers.get("pitchey-version")).toBe("version-id");
});

test("the page shows what serves, and every answer has the security headers", async () => {
  const answer = await ask(running, "/");
  expect(answer.text).toContain("version-id");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
});
