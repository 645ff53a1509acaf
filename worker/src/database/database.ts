/** What the rest of the Worker sees of Postgres. */

import type { PendingQuery, Sql, TransactionSql } from "postgres";

/** The pool, or a connection to Postgres itself. */
export type Route = "hyperdrive" | "direct";

export interface Database {
  /** One query that is safe to repeat: it is asked again, within its deadline, when a connection was lost. `fresh`: not
   * from Hyperdrive's cache. What is kept by tags (`cache/`) must be read fresh, or what a tag took away comes back.
   * Raises DatabaseUnavailableError; a mistake in the query itself is raised as Postgres tells it. */
  read<R extends object>(
    query: (sql: Sql) => PendingQuery<R[]>,
    options?: { readonly fresh?: boolean },
  ): Promise<R[]>;
  /** One transaction, with `work` done once: it is asked again only while it cannot have begun. */
  write<R>(work: (sql: TransactionSql) => Promise<R>): Promise<R>;
  /** By which way the shortest query was answered, past every cache. */
  ping(): Promise<Route>;
}

/** `connection`: it could not be had, or was lost; `deadline`: no answer in time; `circuit`: not asked, as it has been
 * failing; `overload`: not asked, as too many ask already; `read-only`: it takes no writes at the moment;
 * `unanswered`: it was told to keep a write, and has not said whether it did. */
export type Reason = "connection" | "deadline" | "circuit" | "overload" | "read-only" | "unanswered";

/** Postgres does not answer now; a caller may come again after `retryAfter` seconds. */
export class DatabaseUnavailableError extends Error {
  override readonly name = "DatabaseUnavailableError";

  constructor(
    readonly reason: Reason,
    readonly retryAfter: number,
    options?: ErrorOptions,
  ) {
    super(`the database is not available: ${reason}`, options);
  }
}
