/** The database of one request: connections are opened when they are first needed, and end with it.
 *
 * A socket belongs to the request that opened it (workerd refuses any other one), so no pool outlives a request here:
 * Hyperdrive is the pool. A direct connection is for when that is switched off or cannot be had. What all requests of
 * an isolate share is how many may ask at once, and the circuit breakers. */

import postgres, { type PendingQuery, type Sql, type TransactionSql } from "postgres";
import { Breaker, type BreakerSettings } from "../breaker";
import { within } from "../deadline";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import type { Switches } from "../switches";
import { backoff } from "./backoff";
import { type Database, DatabaseUnavailableError, type Route } from "./database";
import { isFailure, isRepeatable, reasonOf } from "./failures";
import { type Cancellable, inOneFlight, isBeingAnswered, transactionInOneFlight, uncached } from "./flight";
import { Greetings, HungUpError } from "./greetings";
import { Places } from "./places";
import { SlowQueries } from "./slow";

export { type Database, DatabaseUnavailableError, type Reason, type Route } from "./database";

type Defer = (work: Promise<unknown>) => void;
type Access = Pick<Env, "DATABASE" | "DATABASE_URL">;

const READ_MS = 3000;
const WRITE_MS = 5000;
const CONNECT_SECONDS = 2;
const ATTEMPTS = 3;
// A Worker has six connections at once for one request: https://developers.cloudflare.com/workers/platform/limits/
const CONNECTIONS = { hyperdrive: 3, direct: 1 } as const satisfies Record<Route, number>;
const ASKING = { hyperdrive: 64, direct: 32 } as const satisfies Record<Route, number>;
const LONGEST_QUEUE = 256;
// Whoever waits longer is told so while there is time left: it is not the database that is late.
const PATIENCE_MS = 1000;
const BREAKER: BreakerSettings = {
  failures: 5,
  share: 0.5,
  windowMs: 10_000,
  openMs: 1000,
  longestOpenMs: 3000,
  trialMs: READ_MS + 1000,
};
const RETRY_SECONDS = 1;

const now = (): number => Date.now();
const slowQueries = new SlowQueries();
const breakers: Readonly<Record<Route, Breaker>> = {
  hyperdrive: new Breaker(BREAKER),
  direct: new Breaker(BREAKER),
};
const places: Readonly<Record<Route, Places>> = {
  hyperdrive: new Places(ASKING.hyperdrive, LONGEST_QUEUE, now),
  direct: new Places(ASKING.direct, LONGEST_QUEUE, now),
};

export function databaseOf(
  env: Access,
  switches: Switches,
  observed: Observation,
  waitUntil: Defer,
): Database {
  return new Connections(env, routesOf(switches), observed, waitUntil);
}

/** In the order in which they are tried. */
function routesOf(switches: Switches): readonly Route[] {
  return switches.isOn("hyperdrive") ? ["hyperdrive", "direct"] : ["direct"];
}

interface Client {
  readonly sql: Sql;
  /** What was made and has not been answered. */
  readonly pending: Set<Cancellable>;
  readonly greetings: Greetings;
}

/** In one flight; `past`: not from Hyperdrive's cache. */
function sent<R extends object>(
  { sql, pending }: Client,
  query: (sql: Sql) => PendingQuery<R[]>,
  past: boolean,
): PendingQuery<R[]> {
  const made = inOneFlight(query(sql));
  const asked = past ? uncached(made) : made;
  pending.add(asked);
  return asked;
}

class Connections implements Database {
  readonly #clients = new Map<Route, Client>();

  constructor(
    readonly env: Access,
    readonly routes: readonly Route[],
    readonly observed: Observation,
    readonly waitUntil: Defer,
  ) {}

  read<R extends object>(
    query: (sql: Sql) => PendingQuery<R[]>,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Promise<R[]> {
    const ask = async (client: Client, route: Route): Promise<R[]> => {
      const asked = sent(client, query, fresh && route === "hyperdrive");
      const started = now();
      const rows = await asked;
      this.#note(rows.statement.string, now() - started, rows.length, route);
      return rows;
    };
    return this.#counted(() => this.#ask(ask, READ_MS, isRepeatable));
  }

  async write<R>(work: (sql: TransactionSql) => Promise<R>): Promise<R> {
    let [begun, committing] = [false, false];
    const ask = async ({ sql, pending }: Client, route: Route): Promise<R> => {
      const started = now();
      const done = await sql.begin(async (transaction) => {
        begun = true;
        // In an array the driver would look for queries.
        const each = transactionInOneFlight(transaction, (query) => pending.add(query));
        const value = await work(each);
        committing = true;
        return { value };
      });
      this.#note("a transaction", now() - started, 0, route);
      return done.value as R;
    };
    const again = (error: unknown): boolean => !begun && isRepeatable(error);
    try {
      return await this.#counted(() => this.#ask(ask, WRITE_MS, again));
    } catch (error) {
      if (!committing || !(error instanceof DatabaseUnavailableError)) throw error;
      const isSilent = error.reason === "connection" || error.reason === "deadline";
      throw isSilent ? new DatabaseUnavailableError("unanswered", error.retryAfter, { cause: error }) : error;
    }
  }

  async ping(): Promise<Route> {
    const ask = async (client: Client, route: Route): Promise<Route> => {
      await sent(client, (sql) => sql<{ one: number }[]>`select 1 as one`, route === "hyperdrive");
      return route;
    };
    return this.#counted(() => this.#ask(ask, READ_MS, isRepeatable));
  }

  /** Counts what is asked, and what of it fails by the database's fault or the query's, not by what a caller sent. */
  async #counted<T>(ask: () => Promise<T>): Promise<T> {
    const done = await this.observed.watch("database", async () => {
      try {
        return { answer: await ask() };
      } catch (error) {
        if (isFailure(error)) throw error;
        return { error };
      }
    });
    if ("error" in done) throw done.error;
    return done.answer;
  }

  async #ask<T>(
    ask: (client: Client, route: Route) => Promise<T>,
    milliseconds: number,
    again: (error: unknown) => boolean,
  ): Promise<T> {
    const end = now() + milliseconds;
    let routes = this.routes;
    for (let attempt = 0; ; attempt++) {
      const route = routes.find((one) => breakers[one].wait(now()) === 0);
      if (route === undefined) throw this.#open();
      try {
        return await this.#attempt(route, end, ask);
      } catch (error) {
        const reason = error instanceof DatabaseUnavailableError ? error.reason : reasonOf(error);
        if (reason === null || error instanceof DatabaseUnavailableError) throw error;
        const wait = backoff(attempt, Math.random());
        if (attempt + 1 >= ATTEMPTS || !again(error) || now() + wait >= end) {
          throw new DatabaseUnavailableError(reason, RETRY_SECONDS, { cause: error });
        }
        // Another way, where it was the connection that failed: too many connections are no reason to open others.
        if (reason === "connection") routes = [...routes.filter((one) => one !== route), route];
        await scheduler.wait(wait);
      }
    }
  }

  async #attempt<T>(
    route: Route,
    end: number,
    ask: (client: Client, route: Route) => Promise<T>,
  ): Promise<T> {
    const place = await places[route].take(end - now(), Math.min(PATIENCE_MS, end - now()));
    if (place === null) throw new DatabaseUnavailableError("overload", RETRY_SECONDS);
    try {
      const breaker = breakers[route];
      const ticket = breaker.admit(now());
      if (ticket === null) throw this.#open();
      try {
        const late = (): never => {
          this.#giveUp(route);
          throw new DatabaseUnavailableError("deadline", RETRY_SECONDS);
        };
        const client = this.#client(route);
        const asked = Promise.race([ask(client, route), client.greetings.hungUp]);
        const answer = await within(asked, end - now(), late);
        breaker.tell(ticket, true, now());
        return answer;
      } catch (error) {
        if (error instanceof HungUpError) this.#giveUp(route);
        const reason = error instanceof DatabaseUnavailableError ? error.reason : reasonOf(error);
        // A query's own mistake was answered, and so was one that Postgres had no time for.
        breaker.tell(ticket, reason !== "connection" && reason !== "deadline", now());
        throw error;
      }
    } finally {
      place.leave();
    }
  }

  #client(route: Route): Client {
    let client = this.#clients.get(route);
    if (client === undefined) {
      const { DATABASE, DATABASE_URL } = this.env;
      const url = route === "hyperdrive" ? DATABASE.connectionString : DATABASE_URL;
      const greetings = new Greetings(CONNECTIONS[route]);
      const { name, onparameter } = greetings.listening("pitchey-api");
      const sql = postgres(url, {
        max: CONNECTIONS[route],
        // The types of arrays would be one more query for each connection; we have none.
        fetch_types: false,
        prepare: true,
        connect_timeout: CONNECT_SECONDS,
        onnotice: () => {},
        onparameter,
        connection: {
          application_name: name,
          // Hyperdrive's connections are shared, and it has a limit of its own.
          ...(route === "direct" ? { statement_timeout: WRITE_MS } : {}),
        },
      });
      client = { sql, pending: new Set(), greetings };
      this.#clients.set(route, client);
    }
    return client;
  }

  /** Nobody waits any more: Postgres is told so, and what is still to come goes nowhere. */
  #giveUp(route: Route): void {
    const client = this.#clients.get(route);
    if (client === undefined) return;
    this.#clients.delete(route);
    const end = async (): Promise<void> => {
      // Postgres has obeyed when the query has failed.
      const cancelled = [...client.pending].filter(isBeingAnswered).map(async (query) => {
        query.cancel();
        await query.catch(() => {});
      });
      await within(Promise.all(cancelled), CONNECT_SECONDS * 1000, () => []);
      await client.sql.end({ timeout: 0 });
    };
    this.waitUntil(end().catch(() => {}));
  }

  #open(): DatabaseUnavailableError {
    const waits = this.routes.map((route) => breakers[route].wait(now()));
    const seconds = Math.max(RETRY_SECONDS, Math.ceil(Math.min(...waits) / 1000));
    return new DatabaseUnavailableError("circuit", seconds);
  }

  #note(text: string, milliseconds: number, rows: number, route: Route): void {
    const line = slowQueries.line({ text, milliseconds, rows, route }, now());
    if (line !== null) console.error(line);
  }
}
