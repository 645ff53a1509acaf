/** What only workerd can show: buckets in Durable Objects, native scrypt, points and reports of the built bundle. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle, SECRETS, until } from "./workers";

const DATE = "2026-01-01";

/** A Worker over this folder's modules, as a handler uses them. */
async function probe(): Promise<string> {
  const contents = `
    import { DurableObject } from "cloudflare:workers";
    import { limit, callerOf } from "./rates";
    import { RateLimiter as Real } from "../../rollouts/rate-limiter";
    import { checkPassword, hashPassword } from "./passwords";
    import { issueAccess, keysOf, readAccess } from "./tokens";
    export class RateLimiter extends Real {
      // For the tests: what is kept, and the alarm now.
      async look() { return { kept: [...this.ctx.storage.kv.list()].length, alarm: await this.ctx.storage.getAlarm() }; }
      async ring() { await this.alarm(); }
      die() { this.ctx.abort("evicted"); }
    }
    const slow = { getByName: () => ({ take: () => new Promise(() => {}) }) };
    const down = { getByName() { throw new Error("down"); } };
    export default { async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/limit") {
        const rates = { up: env.RATES, slow, down, none: undefined }[searchParams.get("rates") ?? "up"];
        const caller = callerOf(request, searchParams.get("person"));
        const started = Date.now();
        const { allowed, headers, refusal } = await limit({ RATES: rates }, searchParams.get("of"), caller);
        if (refusal) return refusal;
        return Response.json({ allowed, waited: Date.now() - started }, { headers });
      }
      if (pathname === "/password") {
        const { password, kept } = await request.json();
        return Response.json(kept === undefined ? await hashPassword(password) : await checkPassword(password, kept));
      }
      if (pathname === "/token") {
        const keys = await keysOf(env);
        const token = await issueAccess(keys, "test", 1e9, { person: "p", role: "creator", session: "s" });
        return Response.json(await readAccess(keys, "test", 1e9, token));
      }
      const stub = env.RATES.get(env.RATES.idFromName(searchParams.get("name")));
      if (pathname === "/ring") await stub.ring();
      if (pathname === "/die") await stub.die().catch(() => null);
      return Response.json(await env.RATES.get(env.RATES.idFromName(searchParams.get("name"))).look());
    } };`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: new URL("../src/security", import.meta.url).pathname, loader: "js" },
    bundle: true, format: "esm", write: false, platform: "neutral", external: ["cloudflare:*", "node:*"],
  });
  return outputFiles[0]?.text ?? "";
}

async function nameOf(of: string, kind: string, id: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${of}\n${kind}\n${id}`));
  return Buffer.from(digest).toString("hex");
}

let running: Miniflare;
beforeAll(async () => {
  running = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: "ESModule", path: "index.js", contents: await probe() }],
      compatibilityDate: DATE,
      compatibilityFlags: ["nodejs_compat"],
      bindings: SECRETS,
      durableObjects: { RATES: { className: "RateLimiter", useSQLite: true } },
    } as never),
  );
});
afterAll(() => running.dispose());

async function ask(path: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  const answer = await running.dispatchFetch(`https://api.example${path}`, init);
  return { status: answer.status, headers: answer.headers, json: JSON.parse(await answer.text()) };
}
const from = (address: string) => ({ headers: { "cf-connecting-ip": address } });

describe("a caller's bucket", () => {
  test("is one object's for each class and caller, and says in the headers what is left", async () => {
    for (let left = 9; left >= 0; left -= 1) {
      const answer = await ask("/limit?of=login", from("192.0.2.1"));
      expect(answer.status).toBe(200);
      expect(answer.headers.get("ratelimit-policy")).toBe('"login";q=10;w=300');
      expect(answer.headers.get("ratelimit")).toMatch(new RegExp(`^"login";r=${left};t=\\d+$`));
    }
    const refused = await ask("/limit?of=login", from("192.0.2.1"));
    expect(refused.status).toBe(429);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(refused.headers.get("cache-control")).toBe("no-store");
    const seconds = Number(refused.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(30);
    expect(refused.headers.get("ratelimit")).toBe(`"login";r=0;t=${seconds}`);
    // Another class, another address and a person are others.
    for (const [path, address] of [["/limit?of=read", "192.0.2.1"], ["/limit?of=login", "192.0.2.2"],
      ["/limit?of=login&person=p-1", "192.0.2.1"]] as const) {
      expect((await ask(path, from(address))).status).toBe(200);
    }
  });

  test("is shared by a network of IPv6", async () => {
    for (let host = 0; host < 5; host += 1) {
      expect((await ask("/limit?of=sign-up", from(`2001:db8:0:1::${host}`))).status).toBe(200);
    }
    expect((await ask("/limit?of=sign-up", from("2001:db8:0:1:ffff::9"))).status).toBe(429);
    expect((await ask("/limit?of=sign-up", from("2001:db8:0:2::9"))).status).toBe(200);
  });

  test("lets no more through when all come at once", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask("/limit?of=login", from("192.0.2.3"))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  });

  test("outlives the object's eviction", async () => {
    const name = await nameOf("login", "address", "192.0.2.4");
    for (let i = 0; i < 10; i += 1) await ask("/limit?of=login", from("192.0.2.4"));
    await ask(`/die?name=${name}`);
    expect((await ask("/limit?of=login", from("192.0.2.4"))).status).toBe(429);
  });

  test("is taken away by its alarm once it is full, and not before", async () => {
    const name = await nameOf("read", "address", "192.0.2.5");
    expect((await ask(`/look?name=${name}`)).json).toEqual({ kept: 0, alarm: null });
    await ask("/limit?of=read", from("192.0.2.5"));
    const { kept, alarm } = (await ask(`/look?name=${name}`)).json;
    expect(kept).toBeGreaterThan(0);
    expect(alarm).toBeGreaterThan(Date.now() - 60_000);
    for (let i = 0; i < 50; i += 1) await ask("/limit?of=read", from("192.0.2.5"));
    expect((await ask(`/ring?name=${name}`)).json.kept).toBeGreaterThan(0);
    // Six hundred in a minute: what was taken is back within seconds, and the alarm that was set anew goes off.
    const gone = await until(
      async () => (await ask(`/look?name=${name}`)).json,
      (look) => look.kept === 0,
    );
    expect(gone).toEqual({ kept: 0, alarm: null });
  });
});

describe("without a limiter that answers", () => {
  test.each(["slow", "down", "none"])("reads go on when it is %s", async (rates) => {
    for (const of of ["read", "search", "write", "upload", "refresh"]) {
      const answer = await ask(`/limit?of=${of}&rates=${rates}`, from("192.0.2.10"));
      expect(answer.status).toBe(200);
      expect(answer.headers.has("ratelimit")).toBe(false);
    }
  });

  test.each(["slow", "down", "none"])("logins and sign-ups are counted here when it is %s", async (rates) => {
    for (const [of, most] of [["login", 10], ["sign-up", 5]] as const) {
      const asked = () => ask(`/limit?of=${of}&rates=${rates}`, from(`192.0.2.1-${rates}`));
      const answers = await Promise.all(Array.from({ length: most + 3 }, asked));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(most);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    }
  });
});

test("passwords are hashed by the runtime itself, at the cost that is shipped", async () => {
  const post = (body: object) => ask("/password", { method: "POST", body: JSON.stringify(body) });
  const { json: kept } = await post({ password: "correct horse" });
  expect(kept).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
  expect((await post({ password: "correct horse", kept })).json).toEqual({ right: true, renewed: null });
  expect((await post({ password: "wrong horse", kept })).json.right).toBe(false);
  expect((await post({ password: "correct horse", kept: null })).json.right).toBe(false);
});

test("tokens are signed and verified in workerd", async () => {
  expect((await ask("/token")).json).toEqual({ token: { person: "p", role: "creator", session: "s" } });
});

describe("the built Worker", () => {
  const reported: string[] = [];
  const AUTH = "Sentry sentry_version=7, sentry_client=pitchey-worker/1, sentry_key=sentry-key";
  let sentry: Server;
  let worker: Miniflare;
  beforeAll(async () => {
    sentry = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      reported.push(JSON.stringify([request.url, request.headers["x-sentry-auth"]]), body);
      response.end("{}");
    });
    await new Promise<void>((resolve) => sentry.listen(0, "127.0.0.1", resolve));
    const { port } = sentry.address() as AddressInfo;
    const wrapper = `
      import worker from "./worker.js";
      export * from "./worker.js";
      const points = [];
      const fetched = globalThis.fetch;
      const here = (url) => String(url).replace("https://sentry.example", "http://127.0.0.1:${port}");
      globalThis.fetch = (url, init) => fetched(here(url), init);
      export default { fetch(request, env, context) {
        if (new URL(request.url).pathname === "/test/points") return Response.json(points);
        const given = {
          ...env, VERSION: { id: "version-id", tag: "tag-1", timestamp: "" },
          POINTS: { writeDataPoint: (point) => points.push(point) },
          COUNTER: { getByName() { throw new TypeError("grace@example.com has no counter"); } },
        };
        return worker.fetch(request, given, context);
      } };`;
    worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: [
          { type: "ESModule", path: "entry.js", contents: wrapper },
          { type: "ESModule", path: "worker.js", contents: bundle("index.js") },
        ],
        compatibilityDate: DATE,
        compatibilityFlags: ["nodejs_compat"],
        bindings: { ENVIRONMENT: "test", ...SECRETS, SENTRY_DSN: "https://sentry-key@sentry.example/1" },
        kvNamespaces: ["CACHE", "SESSIONS", "FLAGS"],
        durableObjects: { COUNTER: { className: "Counter", useSQLite: true } },
      } as never),
    );
  });
  afterAll(async () => {
    await worker.dispose();
    sentry.closeAllConnections();
    sentry.close();
  });

  test("leaves a point of each request and reports its own errors, and neither says who asked", async () => {
    const headers = {
      "cf-connecting-ip": "192.0.2.77", "user-agent": "grace-browser", cookie: "pitchey-visitor=grace",
      referer: "https://grace.example/",
    };
    const get = (path: string) => worker.dispatchFetch(`https://api.example${path}`, { headers });
    expect((await get("/counter/grace?mail=grace@example.com")).status).toBe(500);
    expect((await get("/version")).status).toBe(200);
    expect((await get("/grace/lovelace")).status).toBe(404);
    await worker.dispatchFetch("https://api.example/version", { headers: { "pitchey-probe": "1" } });
    const points = JSON.parse(await (await worker.dispatchFetch("https://api.example/test/points")).text());
    const told = points.map(({ blobs, doubles: [, status] }: { blobs: string[]; doubles: number[] }) => [...blobs, status]);
    expect(told).toEqual([
      ["version-id", "tag-1", "GET", "/counter", "5xx", "", "", "", 500],
      ["version-id", "tag-1", "GET", "/version", "2xx", "", "", "", 200],
      ["version-id", "tag-1", "GET", "other", "4xx", "", "", "", 404],
    ]);
    const [about = "", envelope = ""] = await until(async () => reported, (lines) => lines.length >= 2);
    expect(JSON.parse(about)).toEqual(["/api/1/envelope/", AUTH]);
    const event = JSON.parse(envelope.split("\n")[2] ?? "");
    expect(event).toMatchObject({ release: "tag-1", environment: "test", transaction: "GET /counter" });
    const [{ type, value, stacktrace }] = event.exception.values;
    expect([type, value]).toEqual(["TypeError", ""]);
    expect(stacktrace.frames.length).toBeGreaterThan(0);
    expect(stacktrace.frames.every(({ filename }: { filename: string }) => filename.startsWith("app:///"))).toBe(true);
    expect(JSON.stringify(points) + reported.join("")).not.toMatch(/grace|192\.0\.2|browser|lovelace/i);
  });

  test("answers with the security headers, errors and all", async () => {
    for (const path of ["/", "/version", "/nothing", "/counter/x"]) {
      const { headers } = await worker.dispatchFetch(`https://api.example${path}`);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe-inline");
      expect(headers.get("strict-transport-security")).toContain("max-age=");
      expect(headers.get("permissions-policy")).toContain("camera=()");
    }
  });
});
