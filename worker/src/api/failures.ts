/** What an exception means to whoever sent the request. */

import { HTTPException } from "hono/http-exception";
import { DatabaseUnavailableError, type Reason } from "../database/database";
import { ProblemError, type ProblemStatus, tooMany, unavailable } from "./problems";

const KNOWN: ReadonlySet<number> = new Set<ProblemStatus>([400, 401, 403, 404, 409, 413, 415, 422]);
// Classes of SQLSTATE: connection, insufficient resources, operator intervention, system; and a read-only server.
const PASSING = /^(08|53|57|58)|^25006$|^40(001|P01)$/;
const BAD_VALUE = /^22/;
// The row that a value refers to is gone: its person was deleted, or the pitch.
const GONE = "23503";
// Of the driver: it gives its connection's failures a name instead of an SQLSTATE.
const CONNECTION = /^(CONNECT|CONNECTION_|ECONN|ETIMEDOUT|EPIPE)/;

const NO_ANSWER = "the database does not answer at the moment";
const DETAILS: Partial<Record<Reason, string>> = {
  "read-only": "nothing can be changed at the moment",
  unanswered: "the database has not said whether this was done: look before you try again",
};

/** The problem that the exception comes to; null where it is a mistake of our own. */
export function problemOf(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error;
  if (error instanceof HTTPException) {
    const status = error.status as ProblemStatus;
    return KNOWN.has(status) ? new ProblemError(status, error.message || "the request is malformed") : null;
  }
  if (!(error instanceof Error)) return null;
  if (error instanceof DatabaseUnavailableError) {
    // Shed before anything was done: whoever comes again a little later is served.
    if (error.reason === "overload") return tooMany(error.retryAfter);
    return unavailable(DETAILS[error.reason] ?? NO_ANSWER, error.retryAfter);
  }
  const code = sqlState(error);
  if (PASSING.test(code) || CONNECTION.test(code)) {
    return unavailable(NO_ANSWER);
  }
  if (BAD_VALUE.test(code)) return new ProblemError(400, "a value cannot be stored or compared");
  if (code === GONE) return new ProblemError(409, "what this refers to is there no more");
  return null;
}

/** What Postgres or its driver call the error; empty for others. */
export function sqlState(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}
