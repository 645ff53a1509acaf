/** Queries as they are sent, beyond what the driver offers.
 *
 * The driver asks Postgres for the types of a query's parameters first, and sends their values when it knows: two round
 * trips for each query of a connection that is new, as each request's is. What it infers from a value itself (dates,
 * bytes, truth values; Postgres infers the rest) is all that we use, so both go out in one flight. Objects must be
 * given as `sql.json(…)`, lists as `in ${sql(list)}`. */

import type { PendingQuery, TransactionSql } from "postgres";

/** What the driver knows of a query before it is sent (postgres 3.4.9, `query.js` and `connection.js`). */
interface Unsent {
  strings: readonly string[] & { readonly raw?: readonly string[] };
  readonly options?: object;
}

export type Cancellable = Promise<unknown> & { cancel(): void };

// Hyperdrive goes by the text, a comment's too: https://developers.cloudflare.com/hyperdrive/concepts/query-caching/
const UNCACHED = " /* fresh: not cached because of now() */";
const freshTexts = new WeakMap<object, Unsent["strings"]>();

export function inOneFlight<Q extends object>(query: Q): Q {
  Object.defineProperty(query, "describeFirst", { get: () => false, set: () => {} });
  return query;
}

/** The same query, which Hyperdrive does not answer from its cache. */
export function uncached<R extends object>(query: PendingQuery<R[]>): PendingQuery<R[]> {
  const unsent = query as unknown as Unsent;
  const { strings } = unsent;
  let fresh = freshTexts.get(strings);
  if (fresh === undefined) {
    const texts = [...strings.slice(0, -1), `${strings.at(-1) ?? ""}${UNCACHED}`];
    fresh = Object.assign(texts, { raw: strings.raw ?? texts });
    freshTexts.set(strings, fresh);
  }
  unsent.strings = fresh;
  return query;
}

/** Whether Postgres is at it: not one that waits for a connection, nor what is only a part of another one. */
export function isBeingAnswered(query: object): boolean {
  return "active" in query && query.active === true;
}

/** A transaction whose queries each go out in one flight; `made` hears of them. */
export function transactionInOneFlight(
  sql: TransactionSql,
  made: (query: Cancellable) => void,
): TransactionSql {
  return new Proxy(sql, {
    apply(target, self, given) {
      const query: unknown = Reflect.apply(target, self, given);
      if (!(query instanceof Promise)) return query;
      made(query as Cancellable);
      return inOneFlight(query);
    },
  });
}
