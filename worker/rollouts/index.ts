/** The Rollouts Worker's shell: token, routes, and the last catch. */

import { replied } from "../src/objects";
import { done, type Outcome, refused, respond } from "./answers";
import type { Env } from "./env";
import { RefusedError } from "./requests";
import { ROUTES } from "./routes";
import { isAuthorized } from "./token";

export { Ledger } from "./ledger";
export { RateLimiter } from "./rate-limiter";
export { Recorder } from "./recorder";

export default {
  async fetch(request, env): Promise<Response> {
    const path = new URL(request.url).pathname;
    if (path === "/health") return respond(done({ status: "ok" }));
    try {
      if (!(await isAuthorized(request, env.ROLLOUTS_TOKEN))) {
        const outcome = refused(401, "Unauthorized", "a bearer token is needed");
        return respond(outcome, { "www-authenticate": "Bearer" });
      }
      const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
      if (methods === undefined) return respond(refused(404, "Not found", "nothing is at this path"));
      const route = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
      if (route === undefined) {
        const allow = Object.keys(methods).join(", ");
        return respond(refused(405, "Method not allowed", `use ${allow}`), { allow });
      }
      return respond(await replied(route(request, env)));
    } catch (error) {
      return respond(explain(error));
    }
  },
} satisfies ExportedHandler<Env>;

function explain(error: unknown): Outcome {
  if (error instanceof RefusedError) {
    return refused(error.status, error.status === 413 ? "Too large" : "Bad request", error.message);
  }
  // The name alone: a message may hold what nobody is to read in a log.
  console.error(error instanceof Error ? error.name : "unknown error");
  return refused(500, "Internal error", "the request could not be answered");
}
