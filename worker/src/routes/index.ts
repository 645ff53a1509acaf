import { counter } from "../counter";
import type { Env } from "../env";
import { flags } from "../flags";
import { health } from "../health";
import { json, notAllowed, problem } from "../http";
import { page } from "../page";
import type { Handler } from "../serving";

/** Which handler a path belongs to. */
export const route: Handler = async (request, env, now, observed, context) => {
  const path = new URL(request.url).pathname;
  const [, first = "", ...others] = path.split("/");
  const rest = others.join("/");
  if (path === "/health") return health(request, env, now, observed);
  if (path === "/version") return version(request, env);
  if (path === "/") return request.method === "GET" ? page(env) : notAllowed(["GET"]);
  if (first === "api") {
    // Its modules are run when it is first asked, so that an isolate starts without them.
    const { answerApi } = await import("../api");
    return answerApi(request, env, now, observed, context);
  }
  if (first === "flags" && rest) return flags(request, env, rest, now, observed);
  if (first === "counter" && rest) return counter(request, env, rest);
  return problem(404, "Not found", `nothing is at ${path}`);
};

function version(request: Request, env: Env): Response {
  if (request.method !== "GET") return notAllowed(["GET"]);
  const { id, tag, timestamp } = env.VERSION;
  return json({ id, tag, timestamp, environment: env.ENVIRONMENT });
}
