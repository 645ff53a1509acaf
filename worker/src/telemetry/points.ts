/** One data point for each request, in Analytics Engine: the dataset `pitchey_<environment>`.
 *
 * - blob1 version id, blob2 version tag, blob3 method, blob4 route pattern, blob5 status class, blob6 cache verdict,
 *   blob7 experiment arm, blob8 what was asked for, where anybody may ask for it again (`pitchey cache warm` does)
 * - double1 milliseconds, double2 status, double3 milliseconds of waiting for the database, double4 how often it was
 *   asked
 * - index1, by which Cloudflare samples: the route pattern
 *
 * https://developers.cloudflare.com/analytics/analytics-engine/
 */

import type { Env } from "../env";

export interface Served {
  readonly method: string;
  /** The pattern (`/api/pitches/{id}`), never the path: that may name a person or a pitch. */
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
  /** Waited for the database, and how often it was asked, as far as that was before the answer. */
  readonly database: { readonly milliseconds: number; readonly asked: number };
  /** `hit`, `stale`, `miss`, `bypass`, …; empty where no cache was asked. */
  readonly verdict: string;
  /** Of an experiment; empty outside of one. */
  readonly arm: string;
  /** The path of an answer that is everybody's, with those parameters that nobody can write in their own words; empty
   * for all others. */
  readonly asked: string;
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
// A pattern has no more than letters, digits, dashes and its parameters' names; whatever else it is, it is no pattern.
const PATTERN = /^\/[a-z0-9/_{}:.*-]{0,95}$/i;
// Ids have digits or are long: neither is in any pattern of ours.
const IDENTIFIER = /[\da-f]{8}|\d{3}|[\w-]{40}/i;
const ASKED = /^(?=.{1,200}$)\/api\/[\w/-]+(?:\?[\w-]+=[\w-]+(?:&[\w-]+=[\w-]+)*)?$/;
const WORD = /^[a-z][a-z0-9-]{0,31}$/;
const OTHER = "other";

/** Writes without waiting and never throws: the platform sends it when the request is over. */
export function writePoint(env: Pick<Env, "POINTS" | "VERSION">, served: Served): void {
  const { method, route, status, milliseconds, database, verdict, arm, asked } = served;
  const pattern = PATTERN.test(route) && !IDENTIFIER.test(route) ? route : OTHER;
  try {
    env.POINTS?.writeDataPoint({
      indexes: [pattern],
      blobs: [
        env.VERSION.id,
        env.VERSION.tag,
        METHODS.has(method) ? method : OTHER,
        pattern,
        `${Math.floor(status / 100)}xx`,
        WORD.test(verdict) ? verdict : "",
        WORD.test(arm) ? arm : "",
        ASKED.test(asked) ? asked : "",
      ],
      doubles: [milliseconds, status, database.milliseconds, database.asked].map((value) => Math.max(0, value)),
    });
  } catch {
    // A point that is lost is worth less than the answer.
  }
}
