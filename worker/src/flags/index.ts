import type { Env } from "../env";
import { json, notAllowed, problem } from "../http";
import type { Observation } from "../recording/observation";
import { keysOf } from "../security/tokens";
import { readCaller } from "../security/tokens/caller";

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const MAX_BYTES = 16 * 1024;

/** `GET /flags/:name` for everybody; `PUT` and `DELETE` for operators: a flag is everybody's. */
export async function flags(
  request: Request,
  env: Env,
  name: string,
  now: number,
  observed: Observation,
): Promise<Response> {
  if (!NAME.test(name)) {
    return problem(404, "Not found", "a flag's name is lower-case letters, digits and dashes");
  }
  if (request.method === "GET") {
    const value = await observed.watch("cache", () => env.FLAGS.get<unknown>(name, "json"));
    return value === null ? problem(404, "Not found", `no flag ${name}`) : json({ name, value });
  }
  if (request.method !== "PUT" && request.method !== "DELETE") {
    return notAllowed(["GET", "PUT", "DELETE"]);
  }
  const reading = { environment: env.ENVIRONMENT, keys: () => keysOf(env), now, observed };
  const caller = await readCaller(request, reading);
  if (caller === null || caller === "invalid") {
    return problem(401, "Unauthorized", "a bearer token is needed", {
      "www-authenticate": "Bearer",
    });
  }
  if (caller.role !== "operator") return problem(403, "Forbidden", "this is for: operator");
  if (request.method === "DELETE") {
    await env.FLAGS.delete(name);
    return json({ name, deleted: true });
  }
  const text = await request.text();
  if (new TextEncoder().encode(text).length > MAX_BYTES) {
    return problem(413, "Too large", `a flag has at most ${MAX_BYTES} bytes`);
  }
  const value = parse(text);
  if (value === undefined || value === null) {
    return problem(400, "Bad request", "the body must be JSON and not null");
  }
  await env.FLAGS.put(name, JSON.stringify(value));
  return json({ name, value });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
