/** How the application is, and which version of it answers. */

import { createRoute, z } from "@hono/zod-openapi";
import { Redis, RedisUnavailableError } from "../../cache/redis";
import { type Check, check, report, summed } from "../../health";
import { problems } from "../problems";
import type { Asked } from "../requests";
import { json, room } from "../routing";

const TAGS = ["status"];
const Milliseconds = z.number().min(0);

const Checked = z.object({
  status: z.enum(["ok", "failing"]),
  milliseconds: Milliseconds,
  detail: z.string().optional(),
});

const Health = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    environment: z.string(),
    /** What a request may need, each used for real. */
    dependencies: z.record(z.string(), Checked),
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

export function status() {
  return room()
    .openapi(health, async (c) => {
      const dependencies = await checks(c);
      const { status: how, secrets, ...about } = summed(c.env.env, dependencies);
      const body = { status: how, ...about, dependencies, secrets };
      return how === "ok" ? c.json(body, 200, NO_STORE) : c.json(body, 503, NO_STORE);
    })
    .openapi(version, (c) => {
      const { VERSION, ENVIRONMENT } = c.env.env;
      const { id, tag, timestamp } = VERSION;
      return c.json({ id, tag, timestamp, environment: ENVIRONMENT }, 200, NO_STORE);
    });
}

/** Beside the bindings: Redis, and of the database, beyond that a connection opens, that a query is answered, and by
 * which way. */
async function checks(c: Asked): Promise<Record<string, Check>> {
  const { env, now, observed, services } = c.env;
  const redis = async (): Promise<undefined> => {
    const [said] = await new Redis(env, observed).pipeline([["PING"]], { urgent: true });
    if (said !== "PONG") throw new RedisUnavailableError("it does not answer as Redis does");
  };
  const query = () => services.database.ping();
  const [bindings, REDIS] = await Promise.all([report(env, now, observed), check(redis)]);
  // Where Hyperdrive is turned off, nobody is served by way of it.
  const isAsked = bindings.DATABASE?.status === "ok" || !services.switches.isOn("hyperdrive");
  return { ...bindings, REDIS, ...(isAsked ? { DATABASE: await check(query) } : {}) };
}
