/** How the application is, and which version of it answers. */

import { createRoute, z } from "@hono/zod-openapi";
import { Redis } from "../../cache/redis";
import { type Env, SECRETS } from "../../env";
import { report } from "../../health";
import type { Observation } from "../../recording/observation";
import { problems } from "../problems";
import type { Asked } from "../requests";
import { json, room } from "../routing";

const TAGS = ["status"];
const Milliseconds = z.number().min(0);

const Check = z.object({
  status: z.enum(["ok", "failing", "not served locally"]),
  milliseconds: Milliseconds,
  detail: z.string().optional(),
});

const Health = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    environment: z.string(),
    /** What a request may need, each used for real. */
    dependencies: z.record(z.string(), Check),
    secrets: z.record(z.string(), z.enum(["present", "missing"])),
  })
  .openapi("Health");

const Version = z
  .object({ id: z.string(), tag: z.string(), timestamp: z.string(), environment: z.string() })
  .openapi("Version");

const health = createRoute({
  method: "get",
  path: "/health",
  tags: TAGS,
  summary: "Each dependency with its latency",
  responses: { ...problems(), 200: json("All is well", Health), 503: json("Something is not", Health) },
});

const version = createRoute({
  method: "get",
  path: "/version",
  tags: TAGS,
  summary: "Which version answers",
  responses: { 200: json("The version", Version), ...problems() },
});

const NO_STORE = { "cache-control": "no-store" };
// What requests are served without, if slower or less watched.
const SPARED: ReadonlySet<string> = new Set(["RECORDER", "REDIS"]);

export function status() {
  return room()
    .openapi(health, async (c) => {
      const dependencies = await checks(c);
      const { env } = c.env;
      const secrets: Record<string, "present" | "missing"> = Object.fromEntries(
        SECRETS.map((name) => [name, env[name] ? ("present" as const) : ("missing" as const)]),
      );
      const failing =
        Object.values(secrets).includes("missing") ||
        Object.entries(dependencies).some(([name, check]) => check.status === "failing" && !SPARED.has(name));
      const body = { version: env.VERSION.id, environment: env.ENVIRONMENT, dependencies, secrets };
      return failing
        ? c.json({ status: "failing" as const, ...body }, 503, NO_STORE)
        : c.json({ status: "ok" as const, ...body }, 200, NO_STORE);
    })
    .openapi(version, (c) => {
      const { VERSION, ENVIRONMENT } = c.env.env;
      const { id, tag, timestamp } = VERSION;
      return c.json({ id, tag, timestamp, environment: ENVIRONMENT }, 200, NO_STORE);
    });
}

type Checked = z.infer<typeof Check>;

async function checks(c: Asked): Promise<Record<string, Checked>> {
  const { env, now, observed, services } = c.env;
  const [bindings, redis] = await Promise.all([report(env, now, observed), askRedis(env, observed)]);
  const known: Record<string, Checked> = { ...bindings, REDIS: redis };
  // Beyond that the connection opens: that a query is answered.
  if (known.DATABASE?.status !== "ok") return known;
  try {
    return { ...known, DATABASE: { status: "ok", milliseconds: await services.database.ping() } };
  } catch (error) {
    return { ...known, DATABASE: { ...known.DATABASE, status: "failing", detail: nameOf(error) } };
  }
}

async function askRedis(env: Env, observed: Observation): Promise<Checked> {
  const started = performance.now();
  const since = () => performance.now() - started;
  try {
    await new Redis(env, observed).pipeline([["PING"]], { urgent: true });
    return { status: "ok", milliseconds: since() };
  } catch (error) {
    return { status: "failing", milliseconds: since(), detail: nameOf(error) };
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}
