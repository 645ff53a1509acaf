/** How the application is: every binding is used for real, and told as it is. */

import { within } from "../deadline";
import { type Env, SECRETS } from "../env";
import { json, notAllowed } from "../http";
import { RECORDERS } from "../recording";
import type { Observation } from "../recording/observation";

export interface Check {
  readonly status: "ok" | "failing";
  readonly milliseconds: number;
  readonly detail?: string;
}

export interface Health {
  readonly status: "ok" | "failing";
  /** The id of the version that answers. */
  readonly version: string;
  readonly environment: string;
  readonly secrets: Readonly<Record<string, "present" | "missing">>;
}

const PROBE = "health-probe";
const PROBE_TTL = 3600;
// KV takes one write a second for each key: a probe that is there already need not be written again.
const WRITE_AGAIN_SECONDS = 60;

// What users are served without, if slower or less watched.
const SPARED: ReadonlySet<string> = new Set(["RECORDER", "REDIS"]);
const RECORDER_MS = 1000;
// What takes longer is not well, and whoever asks is not to wait for it.
const CHECK_MS = 2500;

export async function health(
  request: Request,
  env: Env,
  now: number,
  observed: Observation,
): Promise<Response> {
  if (request.method !== "GET") return notAllowed(["GET"]);
  const bindings = await report(env, now, observed);
  const { secrets, ...body } = summed(env, bindings);
  return json({ ...body, bindings, secrets }, body.status === "ok" ? 200 : 503);
}

/** What the checks come to; a secret that is missing is a failure too. */
export function summed(env: Env, checks: Readonly<Record<string, Check>>): Health {
  const secrets = Object.fromEntries(
    SECRETS.map((name) => [name, env[name] ? ("present" as const) : ("missing" as const)]),
  );
  const failing =
    Object.values(secrets).includes("missing") ||
    Object.entries(checks).some(([name, { status }]) => status === "failing" && !SPARED.has(name));
  return { status: failing ? "failing" : "ok", version: env.VERSION.id, environment: env.ENVIRONMENT, secrets };
}

/** Binding → what its use came to. */
export async function report(
  env: Env,
  now: number,
  observed: Observation,
): Promise<Record<string, Check>> {
  const { RECORDER: recorder } = env;
  const probes: Record<string, () => Promise<string | undefined>> = {
    CACHE: () => observed.watch("cache", () => keyValue(env.CACHE, now)),
    SESSIONS: () => keyValue(env.SESSIONS, now),
    FLAGS: () => observed.watch("cache", () => keyValue(env.FLAGS, now)),
    COUNTER: () => object(env),
    UPLOADS: () => bucket(env),
    DATABASE: () => observed.watch("database", () => database(env)),
    VERSION: async () => env.VERSION.id,
    ...(recorder ? { RECORDER: () => ping(recorder) } : {}),
  };
  const entries = Object.entries(probes).map(async ([name, probe]) => [name, await check(probe)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

class LateError extends Error {
  override readonly name = "LateError";
}

/** What the probe comes to, and how long it took; `LateError` where it did not answer in time. */
export async function check(probe: () => Promise<string | undefined>): Promise<Check> {
  const started = performance.now();
  try {
    const detail = await within(probe(), CHECK_MS, () => {
      throw new LateError("it did not answer in time");
    });
    const milliseconds = performance.now() - started;
    return detail === undefined
      ? { status: "ok", milliseconds }
      : { status: "ok", milliseconds, detail };
  } catch (error) {
    const detail = error instanceof Error ? error.name : "Error";
    return { status: "failing", milliseconds: performance.now() - started, detail };
  }
}

/** Read and written; a value that was written a moment ago by another probe is as good. That one's own is not read at
 * once is how KV is, and no failure. */
async function keyValue(namespace: KVNamespace, now: number): Promise<undefined> {
  const known = Number(await namespace.get(PROBE));
  if (known > 0 && now - known < WRITE_AGAIN_SECONDS) return undefined;
  await namespace.put(PROBE, String(now), { expirationTtl: PROBE_TTL });
  return undefined;
}

async function object(env: Env): Promise<undefined> {
  await env.COUNTER.getByName(PROBE).read();
  return undefined;
}

async function bucket(env: Env): Promise<undefined> {
  await env.UPLOADS.head(PROBE);
  return undefined;
}

async function ping(recorder: NonNullable<Env["RECORDER"]>): Promise<undefined> {
  const late = scheduler.wait(RECORDER_MS).then(() => false);
  const answered = recorder.getByName(RECORDERS[0] ?? "").ping();
  if (!(await Promise.race([answered, late]))) throw new Error("the recorder did not answer in time");
  return undefined;
}

/** Hyperdrive hands out a connection; that it can be opened is what a health check can know without a driver. */
async function database(env: Env): Promise<undefined> {
  const socket = env.DATABASE.connect();
  await socket.opened;
  await socket.close();
  return undefined;
}
