/** What the rest of the Worker sees of the cache in Redis. */

/** How an answer came about: `hit` and `stale` from a cache, `miss` made for it, `bypass` past it. */
export type Verdict = "hit" | "stale" | "miss" | "bypass";

/** What kind of data an entry holds, by which its lifetime is chosen (`lifetimes.ts`). */
export type Freshness = "list" | "trending" | "search" | "detail";

export interface Entry {
  /** Names the data and everything that it depends on; never a person's. */
  readonly key: string;
  /** By which it is taken away: `pitches`, `pitch:<id>`. */
  readonly tags: readonly string[];
  readonly kind: Freshness;
}

export interface Caching {
  /** The value of `entry`, from the cache or computed; it must be JSON. `null` says that there is nothing of that name,
   * and is kept for seconds only. Whatever `compute` raises is raised. */
  answer<T>(entry: Entry, compute: () => Promise<T>): Promise<{ value: T; verdict: Verdict }>;
  /** Takes away whatever carries one of the tags: call it when the change is committed, and wait for it. */
  invalidate(tags: readonly string[]): Promise<void>;
}

/** The header of an answer that says how it came about. A handler sets it to what `Caching.answer` told. */
export const CACHE_HEADER = "pitchey-cache";
