/** Everything under `/api`: what holds for every request of it, then its route. */

import { CACHE_HEADER } from "../cache";
import type { Env } from "../env";
import { publicly } from "../performance";
import type { Observation } from "../recording/observation";
import { origins, preflight } from "../security/cors";
import { closed } from "../security/maintenance";
import { callerOf, limit, type RouteClass } from "../security/rates";
import type { Access } from "../security/tokens";
import { readCaller } from "../security/tokens/caller";
import { PROBE_HEADER } from "../serving";
import { application } from "./application";
import { classOf } from "./classes";
import { problemOf } from "./failures";
import { nothingHere, ProblemError } from "./problems";
import { publicRoute, repeatable } from "./public";
import type { Given } from "./requests";
import { shown, Views } from "./views";
import { servicesOf } from "./wiring";

// What no path of the API holds is refused as it stands: nothing is decoded, so that no two spellings name one thing.
const PATH = /^\/api(?:\/[\w-]+(?:\.[\w-]+)*)+$/;
const { hono, routeOf } = application();
const views = new Views({ now: () => Date.now(), wait: (milliseconds) => scheduler.wait(milliseconds) });

/** `now` in Unix seconds. */
export async function answerApi(
  request: Request,
  env: Env,
  now: number,
  observed: Observation,
  context: ExecutionContext,
): Promise<Response> {
  const asked = preflight(request, origins(env.ALLOWED_ORIGINS));
  if (asked !== null) return asked;
  const answer = await respond(request, env, now, observed, context);
  const given = new Response(answer.body, answer);
  // For caches of ours alone.
  given.headers.delete("cache-tag");
  return given;
}

async function respond(
  request: Request,
  env: Env,
  now: number,
  observed: Observation,
  context: ExecutionContext,
): Promise<Response> {
  const url = new URL(request.url);
  if (!PATH.test(url.pathname)) return nothingHere().answer();
  if (!isText(url.search)) return new ProblemError(400, "the query is not in UTF-8").answer();
  observed.describe({ route: routeOf(url.pathname)?.pattern ?? "" });
  const services = await servicesOf(env, observed, (work) => context.waitUntil(work));
  const { keys, switches, waitUntil } = services;
  const caller = await readCaller(request, { environment: env.ENVIRONMENT, keys, now, observed });
  const known: Access | null = caller === "invalid" ? null : caller;
  const refusal = closed(request, switches.maintenance, known?.role ?? null);
  if (refusal !== null) return refusal;
  const asked = { ...{ env, services, caller, now, observed }, request, kind: classOf(request.method, url) };
  const route = caller === null ? publicRoute(request.method, url) : null;
  const answer = await explained(() => {
    if (route === null) return made(asked);
    // What is kept is what a GET gives, and what an answer that was kept costs is not counted.
    const get = new Request(request.url, { headers: request.headers });
    const around = { request, env, switches, observed, waitUntil };
    return publicly(route, around, () => made({ ...asked, request: get }));
  });
  const verdict = answer.headers.get(CACHE_HEADER);
  if (verdict !== null) observed.describe({ verdict });
  const isGiven = answer.status === 200 || answer.status === 304;
  if (route !== null && isGiven) observed.describe({ asked: repeatable(route, url) ?? "" });
  // A probe, or whoever warms a cache, looks at nothing.
  const pitch = request.headers.has(PROBE_HEADER) ? null : shown(request, answer);
  if (pitch !== null) views.note(pitch, services.database, waitUntil);
  return answer;
}

interface Made extends Given {
  readonly request: Request;
  readonly kind: RouteClass | null;
}

/** The answer of the request's route, within the caller's limits. Raises DatabaseUnavailableError. */
async function made({ request, kind, ...given }: Made): Promise<Response> {
  const { env, caller } = given;
  const person = caller === null || caller === "invalid" ? null : caller.person;
  const limited = kind === null ? null : await limit(env, kind, callerOf(request, person));
  if (limited?.refusal) return limited.refusal;
  const answer = await hono.fetch(request, given);
  const told = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(limited?.headers ?? {})) told.headers.set(name, value);
  return told;
}

/** A failure that is not a mistake of ours becomes an answer. */
async function explained(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    return problem.answer();
  }
}

/** Whether percent-encoded bytes are UTF-8. */
function isText(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
