/** Maintenance mode: the value of `maintenance` in KV closes the API to all but operators.
 *
 * `{"until": "2026-12-01T04:00:00Z", "message": "…"}`, or `{"retryAfter": seconds}`; each may be left out, and `on` or
 * a number of seconds will do. `until` is when it is expected to be over, and only told: the API stays closed until the
 * value is taken away or says `off`, since what is not finished does not become so by the clock. A value that says
 * nothing of the kind closes nothing.
 */

import { problem } from "../../http";
import type { Role } from "../tokens";

export interface Maintenance {
  /** Seconds after which a client may come again. */
  readonly retryAfter: number;
  /** For users; without it the usual words. */
  readonly message?: string;
}

const ON: ReadonlySet<string> = new Set(["on", '"on"', "true"]);
const LONGEST_MESSAGE = 500;
const USUAL = "Pitchey is being worked on and will be back soon";
const SOONEST_SECONDS = 30;
const USUAL_SECONDS = 120;
const LATEST_SECONDS = 86_400;
/** Of these an operator and a load balancer must always have an answer. */
const OPEN: ReadonlySet<string> = new Set(["/health", "/version", "/api/health", "/api/version"]);

/** What the text in KV asks for at `now` (Unix seconds); null when nothing does. */
export function readMaintenance(text: string, now: number): Maintenance | null {
  if (ON.has(text)) return { retryAfter: USUAL_SECONDS };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === "number") return value > 0 ? { retryAfter: bounded(value, 1) } : null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { until, retryAfter, message } = value as { until?: unknown; retryAfter?: unknown; message?: unknown };
  const end = instant(until);
  const wait = typeof retryAfter === "number" && retryAfter > 0 ? bounded(retryAfter, 1) : USUAL_SECONDS;
  const seconds = end === null ? wait : bounded(end - now, SOONEST_SECONDS);
  const words = typeof message === "string" ? message.trim().slice(0, LONGEST_MESSAGE) : "";
  return words === "" ? { retryAfter: seconds } : { retryAfter: seconds, message: words };
}

/** The refusal of a request during maintenance; null for one that goes on. `role` is of the caller's verified access
 * token: an operator works on the platform while it is closed. Preflights pass, so that pages can read why. */
export function closed(
  request: Request,
  maintenance: Maintenance | null,
  role: Role | null,
): Response | null {
  if (maintenance === null || role === "operator" || request.method === "OPTIONS") return null;
  if (OPEN.has(new URL(request.url).pathname)) return null;
  const { retryAfter, message } = maintenance;
  return problem(503, "Maintenance", message ?? USUAL, { "retry-after": String(retryAfter) });
}

function bounded(seconds: number, least: number): number {
  return Math.min(Math.max(Math.ceil(seconds), least), LATEST_SECONDS);
}

function instant(until: unknown): number | null {
  if (typeof until === "number" && Number.isFinite(until)) return until;
  const parsed = typeof until === "string" ? Date.parse(until) : Number.NaN;
  return Number.isNaN(parsed) ? null : Math.floor(parsed / 1000);
}
