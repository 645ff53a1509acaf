/** How long an answer is kept: from how often what it says was seen to change, and how often it is read.
 *
 * Tags take away what we changed ourselves; a lifetime is for all else that an answer depends on, and for a change that
 * could not be told. */

import type { Freshness } from "./caching";

/** In seconds. `stale`: how long it is still given while it is made anew; `failing`: and beyond, while it cannot be. */
export interface Lifetime {
  readonly fresh: number;
  readonly stale: number;
  readonly failing: number;
}

export interface Bounds {
  readonly shortest: number;
  readonly usual: number;
  readonly longest: number;
}

/** What was seen of one kind: answers made again after `seconds` altogether, how many of them said something else, and
 * how often they were read in that time. */
export interface Seen {
  readonly remade: number;
  readonly changed: number;
  readonly seconds: number;
  readonly reads: number;
}

export const BOUNDS: Readonly<Record<Freshness, Bounds>> = {
  list: { shortest: 10, usual: 60, longest: 600 },
  trending: { shortest: 15, usual: 60, longest: 600 },
  search: { shortest: 5, usual: 30, longest: 300 },
  detail: { shortest: 30, usual: 300, longest: 3600 },
};
/** Of what is not there. */
export const NEGATIVE: Lifetime = { fresh: 5, stale: 0, failing: 0 };

const FAILING = 600;
const LONGEST_STALE = 300;
const ENOUGH_SEEN = 10;
// At most this share of the answers may say what has changed since.
const OUTDATED_SHARE = 0.05;
// No longer than what makes all but this share of reads hits.
const MISSED_SHARE = 0.01;

/** Changes a second, by the estimator for a Poisson process that is only looked at now and then: Cho and Garcia-Molina,
 * Estimating frequency of change, ACM TOIT 3(3), 2003. */
export function changeRate({ remade, changed, seconds }: Seen): number {
  if (remade === 0 || seconds <= 0) return 0;
  return -Math.log((remade - changed + 0.5) / (remade + 0.5)) / (seconds / remade);
}

/** Seconds that an answer is fresh. An answer kept for t while changes come at rate c is outdated for about c·t / 2 of
 * its reads; one that is read at rate r is a hit in r·t of 1 + r·t reads. */
export function freshFor(bounds: Bounds, seen: Seen): number {
  const { shortest, usual, longest } = bounds;
  if (seen.remade < ENOUGH_SEEN || !(seen.seconds > 0)) return usual;
  const changes = changeRate(seen);
  const reads = seen.reads / seen.seconds;
  const byChanges = changes > 0 ? (2 * OUTDATED_SHARE) / changes : longest;
  const byReads = reads > 0 ? (1 - MISSED_SHARE) / MISSED_SHARE / reads : longest;
  return Math.max(shortest, Math.min(longest, byChanges, byReads));
}

export function lifetime(bounds: Bounds, seen: Seen | null): Lifetime {
  const fresh = Math.round(seen === null ? bounds.usual : freshFor(bounds, seen));
  return { fresh, stale: Math.min(fresh, LONGEST_STALE), failing: FAILING };
}

const FORGET_AT = 200;

/** What an isolate has seen of each kind; the older, the less it counts. */
export class Sightings {
  readonly #seen = new Map<Freshness, Seen>();

  of(kind: Freshness): Seen {
    return this.#seen.get(kind) ?? { remade: 0, changed: 0, seconds: 0, reads: 0 };
  }

  read(kind: Freshness): void {
    const seen = this.of(kind);
    this.#seen.set(kind, { ...seen, reads: seen.reads + 1 });
  }

  remade(kind: Freshness, changed: boolean, seconds: number): void {
    const seen = this.of(kind);
    const share = seen.remade >= FORGET_AT ? 0.5 : 1;
    this.#seen.set(kind, {
      remade: seen.remade * share + 1,
      changed: seen.changed * share + (changed ? 1 : 0),
      seconds: seen.seconds * share + Math.max(0, seconds),
      reads: seen.reads * share,
    });
  }
}
