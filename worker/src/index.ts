/** The shell: routes, and the last catch. */

import { counter } from "./counter";
import type { Env } from "./env";
import { flags } from "./flags";
import { health } from "./health";
import { json, notAllowed, problem } from "./http";
import { page } from "./page";

export { Counter } from "./counter";

export default {
  async fetch(request, env): Promise<Response> {
    try {
      return await route(request, env, Math.floor(Date.now() / 1000));
    } catch (error) {
      // The name alone: a message may hold what nobody is to read in a log.
      console.error(error instanceof Error ? error.name : "unknown error");
      return problem(500, "Internal error", "the request could not be answered");
    }
  },
} satisfies ExportedHandler<Env>;

async function route(request: Request, env: Env, now: number): Promise<Response> {
  const path = new URL(request.url).pathname;
  const [, first = "", ...others] = path.split("/");
  const rest = others.join("/");
  if (path === "/health") return health(request, env, now);
  if (path === "/version") return version(request, env);
  if (path === "/") return request.method === "GET" ? page(env) : notAllowed(["GET"]);
  if (first === "flags" && rest) return flags(request, env, rest, now);
  if (first === "counter" && rest) return counter(request, env, rest);
  return problem(404, "Not found", `nothing is at ${path}`);
}

function version(request: Request, env: Env): Response {
  if (request.method !== "GET") return notAllowed(["GET"]);
  const { id, tag, timestamp } = env.VERSION;
  return json({ id, tag, timestamp, environment: env.ENVIRONMENT });
}
