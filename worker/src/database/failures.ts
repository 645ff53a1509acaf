/** What an error of the driver says about the database. */

import { DatabaseUnavailableError, type Reason } from "./database";

// Connection exceptions, insufficient resources, errors of the system (Hyperdrive's own too), authorization, an unknown
// database, an operator's intervention: https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNAVAILABLE = /^(?:08|53|58|28|3D|57P)/;
// A connection that cannot be had for a reason that does not pass: asking again would only be told the same.
const LASTING = /^(?:28|3D)/;
const TOO_MANY_CONNECTIONS = "53300";
const CANCELLED = "57014";
const READ_ONLY = "25006";
// Serialization failure, deadlock.
const CONTENDED = new Set(["40001", "40P01"]);
const DRIVER = /^CONNECT/;
// Data exceptions, violated constraints.
const CALLERS = /^2[23]/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Why the database was not available, and null where an error says nothing of the kind: it is a mistake of a query, or
 * not the driver's at all. */
export function reasonOf(error: unknown): Reason | null {
  if (typeof error !== "object" || error === null) return null;
  const code = codeOf(error);
  if (code !== null && DRIVER.test(code)) return "connection";
  if (code !== null && SQLSTATE.test(code)) {
    if (code === CANCELLED) return "deadline";
    if (code === READ_ONLY) return "read-only";
    if (code === TOO_MANY_CONNECTIONS || CONTENDED.has(code)) return "overload";
    return UNAVAILABLE.test(code) ? "connection" : null;
  }
  // What breaks a socket has no code. The driver notes the query on whatever has ended one.
  const socket = code === null && "query" in error && error instanceof Error;
  return socket && !(error instanceof RangeError) ? "connection" : null;
}

/** Whether a query that only reads may be asked again after this error. */
export function isRepeatable(error: unknown): boolean {
  const reason = reasonOf(error);
  if (reason === "overload") return true;
  const code = typeof error === "object" && error !== null ? codeOf(error) : null;
  return reason === "connection" && !(code !== null && LASTING.test(code));
}

/** Whether the database or the query failed, rather than what a caller sent (out of range, a name that is taken) or
 * what a transaction found. */
export function isFailure(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  const code = typeof error === "object" && error !== null ? codeOf(error) : null;
  return code !== null && SQLSTATE.test(code) && !CALLERS.test(code);
}

function codeOf(error: object): string | null {
  return "code" in error && typeof error.code === "string" ? error.code : null;
}
