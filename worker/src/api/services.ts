/** What the API needs of the rooms beside it: types alone, so that each room can be written, and tried, without it. */

import type { PendingQuery, Sql, TransactionSql } from "postgres";

export type Role = "creator" | "investor" | "production";

/** The connection manager (`database/`): one for each request, connected when first asked. */
export interface Database {
  /** A query that is safe to repeat. `fresh`: not from Hyperdrive's cache.
   * Raises `DatabaseUnavailableError` when it cannot be answered in time. */
  read<R extends object>(
    query: (sql: Sql) => PendingQuery<R[]>,
    options?: { readonly fresh?: boolean },
  ): Promise<R[]>;
  /** One transaction, which is never repeated once it may have been committed. What Postgres refuses (its `code` is
   * an SQLSTATE such as `23505`) is thrown as it is. */
  write<R>(work: (sql: TransactionSql) => Promise<R>): Promise<R>;
  /** The milliseconds that a query of nothing takes. */
  ping(): Promise<number>;
}

/** How often the answer changes, and how bad an old one is (`cache/`): pitches as they are listed, found, in demand,
 * one of them. */
export type Freshness = "listing" | "search" | "trending" | "detail";

export type Verdict = "hit" | "stale" | "miss" | "shared" | "bypass";

/** The cache strategy (`cache/`). Only what everybody may see goes through it. */
export interface Caching {
  /** `compute` gives a JSON value; `null` is kept too, for a moment (negative caching). */
  answer<T>(
    entry: { readonly key: string; readonly tags: readonly string[]; readonly kind: Freshness },
    compute: () => Promise<T>,
  ): Promise<{ value: T; verdict: Verdict }>;
  invalidate(tags: readonly string[]): Promise<void>;
}

export interface Maintenance {
  readonly retryAfterSeconds: number;
}

/** Flags of the optimisations (`switches/`). */
export interface Switches<Optimisation extends string = string> {
  isOn(name: Optimisation): boolean;
  readonly maintenance: Maintenance | null;
}

/** Who asks, as an access token says it. */
export interface Identity {
  /** Ids of the rows in `people` and `sessions`. */
  readonly person: string;
  readonly session: string;
  readonly role: Role;
}

/** What a refresh token names: a session, and how often it has been refreshed. */
export interface Renewal {
  readonly person: string;
  readonly session: string;
  readonly generation: number;
}

/** JWTs (`security/tokens/`); `now` in Unix seconds. One kind is never taken for the other. */
export interface Tokens {
  readonly accessSeconds: number;
  readonly refreshSeconds: number;
  issueAccess(identity: Identity, now: number): Promise<string>;
  readAccess(token: string, now: number): Promise<Identity | "forged" | null>;
  issueRefresh(renewal: Renewal, now: number): Promise<string>;
  readRefresh(token: string, now: number): Promise<Renewal | "forged" | null>;
}

/** Password hashes in PHC strings (`security/passwords/`). */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** `stored` is null where nobody has that address: that takes as long, and is false. */
  verify(password: string, stored: string | null): Promise<boolean>;
  /** Whether the hash was made with other parameters than today's. */
  isOutdated(stored: string): boolean;
}

/** What a file really is (`security/content/`). */
export interface Content {
  readonly maxUploadBytes: number;
  /** The media type of the content by its first bytes, of those that may be uploaded; else null. */
  kindOf(first: Uint8Array): string | null;
  /** How many first bytes that needs. */
  readonly kindBytes: number;
}

/** Classes of routes with limits of their own (`security/rates/`). */
export type RateClass = "read" | "search" | "write" | "sign-in" | "upload";

export interface Admission {
  /** A 429 as problem+json, when there were too many. */
  readonly refused: Response | null;
  /** `RateLimit`, `RateLimit-Policy`: for the answer that is given. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Rates {
  admit(request: Request, kind: RateClass, person: string | null): Promise<Admission>;
}

/** What one request is answered with. */
export interface Services {
  readonly database: Database;
  readonly caching: Caching;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly content: Content;
  readonly rates: Rates;
  readonly switches: Switches;
  /** Whether the request was sent by a page that may use the refresh cookie (`security/csrf/`). */
  readonly isOwnPage: (request: Request) => boolean;
  readonly waitUntil: (work: Promise<unknown>) => void;
}
