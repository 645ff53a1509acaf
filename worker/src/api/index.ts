/** Everything under `/api`: what holds for every request of it, then its route. */

import { CACHE_HEADER } from "../cache/caching";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import { origins, preflight, share } from "../security/cors";
import { closed } from "../security/maintenance";
import { callerOf, limit } from "../security/rates";
import type { Access } from "../security/tokens";
import { application } from "./application";
import { readCaller } from "./caller";
import { classOf } from "./classes";
import { nothingHere } from "./problems";
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
  const allowed = origins(env.ALLOWED_ORIGINS);
  const asked = preflight(request, allowed);
  if (asked !== null) return asked;
  const answer = await respond(request, env, now, observed, context);
  return share(request, new Response(answer.body, answer), allowed);
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
  observed.describe({ route: routeOf(url.pathname)?.pattern ?? "" });
  const services = await servicesOf(env, observed, (work) => context.waitUntil(work));
  const { keys, switches, waitUntil } = services;
  const caller = await readCaller(request, { environment: env.ENVIRONMENT, keys, now, observed });
  const known: Access | null = caller === "invalid" ? null : caller;
  const refusal = closed(request, switches.maintenance, known?.role ?? null);
  if (refusal !== null) return refusal;
  const kind = classOf(request.method, url);
  const limited = kind === null ? null : await limit(env, kind, callerOf(request, known?.person ?? null));
  if (limited?.refusal) return limited.refusal;
  const given = { env, services, caller, now, observed };
  const answer = await hono.fetch(request, given);
  const verdict = answer.headers.get(CACHE_HEADER);
  if (verdict !== null) observed.describe({ verdict });
  const pitch = shown(request, answer);
  if (pitch !== null) views.note(pitch, services.database, waitUntil);
  if (limited === null) return answer;
  const told = new Response(answer.body, answer);
  for (const [name, value] of Object.entries(limited.headers)) told.headers.set(name, value);
  return told;
}
