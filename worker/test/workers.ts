/** The built bundles in workerd, and a Cloudflare API that misbehaves as it is told. */

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { Counts } from "../src/recording/counts";

export const TOKEN = "rollouts-token-0123456789abcdef0123456789abcdef";
export const DEPLOYMENTS_TOKEN = "deployments-token-0123456789abcdef01234567";
export const SECRETS = {
  JWT_SECRET: "jwt-secret-0123456789abcdef0123456789abcdef",
  DATABASE_URL: "postgresql://pitchey:database-password@db.example/pitchey",
  UPSTASH_REDIS_REST_URL: "https://redis-address.upstash.example",
  UPSTASH_REDIS_REST_TOKEN: "upstash-token-0123456789",
  SENTRY_DSN: "https://sentry-key@o1.ingest.sentry.example/1",
};
const DATE = "2026-01-01";
const OBJECTS = {
  RECORDER: { className: "Recorder", useSQLite: true },
  RATES: { className: "RateLimiter", useSQLite: true },
  LEDGER: { className: "Ledger", useSQLite: true },
};

export function bundle(name: string): string {
  return readFileSync(new URL(`../dist/${name}`, import.meta.url), "utf8");
}

export interface Cloud {
  /** Of the Rollouts Worker. */
  readonly bindings?: Record<string, unknown>;
  /** What is changed in its environment. */
  readonly changes?: string;
  readonly persist?: string;
  /** Application Workers by the id of their version: the code, and what is changed in its environment. */
  readonly versions?: Record<string, { readonly code?: string; readonly changes?: string }>;
}

/** The Rollouts Worker, and application Workers that report to it. */
export function start({ bindings = {}, changes, persist, versions = {} }: Cloud = {}): Miniflare {
  const application = bundle("index.js");
  const workers: Record<string, unknown>[] = [
    {
      name: "rollouts",
      modules: [
        ...(changes === undefined ? [] : [{ type: "ESModule", path: "entry.js", contents: entry("rollouts", changes) }]),
        { type: "ESModule", path: "worker.js", contents: bundle("rollouts.js") },
      ],
      compatibilityDate: DATE,
      bindings: { ENVIRONMENT: "test", ROLLOUTS_TOKEN: TOKEN, ...bindings },
      durableObjects: OBJECTS,
    },
    ...Object.entries(versions).map(([id, { code = application, changes: own = "" }]) => ({
      name: id,
      modules: [
        { type: "ESModule", path: "entry.js", contents: entry(id, own) },
        { type: "ESModule", path: "worker.js", contents: code },
      ],
      compatibilityDate: DATE,
      compatibilityFlags: ["nodejs_compat"],
      bindings: { ENVIRONMENT: "test", ...SECRETS },
      kvNamespaces: ["CACHE", "SESSIONS", "FLAGS"],
      durableObjects: {
        COUNTER: { className: "Counter", useSQLite: true },
        RECORDER: { ...OBJECTS.RECORDER, scriptName: "rollouts" },
        RATES: { ...OBJECTS.RATES, scriptName: "rollouts" },
      },
    })),
  ];
  const kept = persist === undefined ? {} : { resourcePersistencePath: persist };
  return new Miniflare({ ...convertV4MiniflareOptions({ workers } as never), ...kept });
}

/** The edge gives VERSION, UPLOADS and DATABASE; here they stand in: a bucket that is empty, a database that takes connections and answers nothing. A test's changes may
 * write down in `calls` what the Worker does; `/test/calls` tells it. */
function entry(id: string, changes: string): string {
  return `
    import worker from "./worker.js";
    export * from "./worker.js";
    const given = (env) => ({
      VERSION: { id: ${JSON.stringify(id)}, tag: "", timestamp: "${DATE}T00:00:00Z" },
      UPLOADS: { head: async () => null },
      DATABASE: { connectionString: env.DATABASE_URL, connect: () => ({ opened: Promise.resolve(), close: async () => {} }) },
    });
    const calls = [];
    export default { fetch(request, env, context) {
      if (new URL(request.url).pathname === "/test/calls") return Response.json(calls);
      const changed = { ...env, ...given(env) };
      ${changes}
      return worker.fetch(request, changed, context);
    } };`;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any;
}

/** Everything that any answer said, for the tests that look for secrets in it. */
export const said: string[] = [];

type Init = { method?: string; headers?: Record<string, string>; body?: string };

async function read(answer: { status: number; headers: unknown; text(): Promise<string> }): Promise<Answer> {
  const text = await answer.text();
  const headers = answer.headers as Headers;
  said.push(text, JSON.stringify([...headers]));
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {}
  return { status: answer.status, headers, text, json };
}

export async function ask(on: Miniflare, version: string, path: string, init: Init = {}): Promise<Answer> {
  const worker = await on.getWorker(version);
  return read(await worker.fetch(`https://api.example${path}`, init));
}

/** Asks the Rollouts Worker, with its token. */
export async function tell(on: Miniflare, method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return ask(on, "rollouts", path, { method, headers, ...sent });
}

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks until the answer is as wanted; the last answer when it does not become so in time. */
export async function until<T>(read: () => Promise<T>, wanted: (value: T) => boolean, seconds = 15): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await read();
    if (wanted(value) || Date.now() > end) return value;
    await pause(100);
  }
}

/** What was counted of a version, once at least `requests` (probes included) have arrived. */
export async function counted(on: Miniflare, version: string, requests: number): Promise<Counts> {
  const metrics = await until(
    async () => (await tell(on, "GET", "/metrics?after=0")).json,
    ({ versions }) => {
      const found: Counts | undefined = versions[version];
      return found !== undefined && found.requests + found.probes.requests >= requests;
    },
  );
  return metrics.versions[version];
}

/** Cloudflare's deployments of one script. `faults` are taken from the front, one a call. */
export class Api {
  live: { version_id: string; percentage: number }[] = [];
  readonly calls: { method: string; url: string; token: string; body: unknown }[] = [];
  /** `lost`: done, but the answer never comes back; `failed`: a 500, and nothing done. */
  readonly faults: ("lost" | "failed" | "refused" | "none")[] = [];
  onCall: () => Promise<void> = async () => {};
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(
        ([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
        () => request.socket.destroy(),
      );
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/client/v4`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get posts() {
    return this.calls.filter(({ method }) => method === "POST");
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown]> {
    let text = "";
    for await (const part of request) text += part;
    const { method = "", url = "", headers } = request;
    const body = text ? JSON.parse(text) : null;
    this.calls.push({ method, url, token: headers.authorization ?? "", body });
    await this.onCall();
    const fault = this.faults.shift() ?? "none";
    if (fault === "failed") return [500, failure(10013, "An unknown error has occurred")];
    if (fault === "refused") return [400, failure(10210, "Invalid deployment: Version not found")];
    if (method === "POST") this.live = body.versions;
    if (fault === "lost") throw new Error("lost");
    const result = method === "POST" ? { id: "new" } : { deployments: [{ id: "live", versions: this.live }, { versions: [] }] };
    return [200, { success: true, errors: [], messages: [], result }];
  }
}

function failure(code: number, message: string) {
  return { success: false, errors: [{ code, message }], messages: [], result: null };
}
