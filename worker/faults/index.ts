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
const handle: Handler = FAULT.kind === "better" ? remembering(route, FAULT.seconds) : faulty(route);
const sound = serve(handle);

export default {
  async fetch(request, env, context): Promise<Response> {
    if (FAULT.kind === "dead") throw new Error("this version is dead");
    if (FAULT.kind !== "silent") return sound.fetch(request, env, context);
    const { RECORDER: _, ...mute } = env;
    return sound.fetch(request, mute, context);
  },
} satisfies ExportedHandler<Env>;

function faulty(healthy: Handler): Handler {
  let since = 0;
  let requests = 0;
  return async (request, env, now, observed) => {
    since ||= now;
    const asked = {
      method: request.method,
      path: new URL(request.url).pathname,
      returning: isReturning(request),
    };
    const { fail, waitMs } = effect(FAULT, asked, { since, requests: requests++ }, now, Math.random());
    if (waitMs > 0) await scheduler.wait(Math.min(waitMs, LONGEST_WAIT_MS));
    if (fail) throw new Error("a rehearsed fault");
    return healthy(request, env, now, observed);
  };
}
