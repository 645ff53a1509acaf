/** The application's Worker with a fault, for rehearsals: `node worker/build.mjs --fault JSON --out PATH`. */

import type { Env } from "../src/env";
import { route } from "../src/routes";
import { type Handler, serve } from "../src/serving";
import { isReturning } from "../src/visitor";
import { effect, type Fault } from "./fault";
import { remembering } from "./memory";

export { Counter } from "../src/counter";

/** Put in by the build. */
declare const FAULT: Fault;

const LONGEST_WAIT_MS = 60_000;
/** Tells a rehearsal which answers are this version's. */
const MARK = "pitchey-rehearsed";
const handle: Handler = FAULT.kind === "better" ? remembering(route, FAULT.seconds) : faulty(route);
const sound = serve(handle);

export default {
  async fetch(request, env, context): Promise<Response> {
    if (FAULT.kind === "dead") throw new Error("this version is dead");
    const { RECORDER: _, ...mute } = env;
    const answer = await sound.fetch(request, FAULT.kind === "silent" ? mute : env, context);
    const marked = new Response(answer.body, answer);
    marked.headers.set(MARK, env.VERSION.id);
    return marked;
  },
} satisfies ExportedHandler<Env>;

function faulty(healthy: Handler): Handler {
  let since = 0;
  let requests = 0;
  return async (request, env, now, observed, context) => {
    since ||= now;
    const asked = {
      method: request.method,
      path: new URL(request.url).pathname,
      returning: isReturning(request),
    };
    const { fail, waitMs } = effect(FAULT, asked, { since, requests: requests++ }, now, Math.random());
    if (waitMs > 0) await scheduler.wait(Math.min(waitMs, LONGEST_WAIT_MS));
    if (fail) throw new Error("a rehearsed fault");
    return healthy(request, env, now, observed, context);
  };
}
