/** What is done around each request: the last catch, the headers of every answer (an error's too, which a page can read
 * only with those that let it), the visitor's cookie, what is counted and told of it. */

import type { Env } from "../env";
import { problem } from "../http";
import { Recording } from "../recording";
import { type Observation, observation } from "../recording/observation";
import { routeOf, segments } from "../recording/segments";
import { origins, share } from "../security/cors";
import { secure } from "../security/headers";
import { CHANGED } from "../switches";
import { ErrorReports, writePoint } from "../telemetry";
import { isReturning, welcome } from "../visitor";
import { readUp } from "./unread";

/** `now` in Unix seconds; `context` takes what goes on after the answer. */
export type Handler = (
  request: Request,
  env: Env,
  now: number,
  observed: Observation,
  context: ExecutionContext,
) => Promise<Response>;

/** The header that marks a request of our own: it is counted apart from users', and gets no cookie. */
export const PROBE_HEADER = "pitchey-probe";
/** The header of every answer, an error's too, that says which version gave it. */
export const VERSION_HEADER = "pitchey-version";
const FAILED = 500;

export function serve(handle: Handler): { fetch: ExportedHandlerFetchHandler<Env> } {
  const clock = {
    now: () => Date.now(),
    wait: (milliseconds: number) => scheduler.wait(milliseconds),
  };
  const recording = new Recording(clock, ({ flags }) => CHANGED.hear(flags));
  const reports = new ErrorReports({
    now: () => Date.now(),
    fetch: (url, init) => fetch(url, init),
    draw: () => Math.random(),
  });

  return {
    async fetch(request, env, context): Promise<Response> {
      const started = Date.now();
      const observed = observation();
      const probe = request.headers.has(PROBE_HEADER);
      const returning = isReturning(request);
      let status = FAILED;
      try {
        const answer = await attempt(handle, request, env, Math.floor(started / 1000), observed, context);
        status = answer.status;
        secure(request, answer).headers.set(VERSION_HEADER, env.VERSION.id);
        share(request, answer, origins(env.ALLOWED_ORIGINS));
        if (!probe && !returning) welcome(request, answer);
        await readUp(request);
        return answer;
      } finally {
        const milliseconds = Date.now() - started;
        const { method } = request;
        const place = routeOf(request.url);
        const route = observed.described.route || place;
        const database = {
          milliseconds: observed.waited.database,
          asked: observed.counters["database.requests"] ?? 0,
        };
        if (!probe) writePoint(env, { ...observed.described, method, route, status, milliseconds, database });
        for (const error of observed.errors) {
          reports.report(error, { method, route }, env, (work) => context.waitUntil(work));
        }
        // A Worker whose settings are older than the recorder has no such binding.
        if (env.RECORDER) {
          const answered = {
            failed: status >= FAILED,
            milliseconds,
            segments: segments(request, place, returning),
            counters: observed.counters,
            probe,
          };
          recording.note(answered, env.VERSION.id, env.RECORDER, (work) => context.waitUntil(work));
        }
      }
    },
  };
}

async function attempt(handle: Handler, ...given: Parameters<Handler>): Promise<Response> {
  const [, , , observed] = given;
  try {
    return await handle(...given);
  } catch (error) {
    observed.fail(error);
    // The name alone: a message may hold what nobody is to read in a log.
    console.error(error instanceof Error ? error.name : "unknown error");
    return problem(500, "Internal error", "the request could not be answered");
  }
}
