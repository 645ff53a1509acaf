/** What our caches did with a request, in the words of RFC 9211 (`Cache-Status`): the one nearer to the database first.
 * Each cache tells of itself what it did, so that whoever turns one off sees at the answers that it is off. */

import type { Verdict } from "../cache";

export const STATUS_HEADER = "cache-status";

/** `bypass`: it was not asked. `ttl`: seconds for which it is still fresh, below 0 for what is past that. `by`: what
 * its lifetime was chosen by, where it has just been given one. */
export type EdgeStatus =
  | { readonly how: "hit"; readonly ttl: number }
  | { readonly how: "stored"; readonly ttl: number; readonly by: Lifetimes }
  | { readonly how: "miss" | "bypass"; readonly collapsed?: true; readonly by?: Lifetimes };

/** The usual one of its kind, or one from what was seen of it (`smart-ttl`). */
export type Lifetimes = "usual" | "seen";

/** `inner` is what Redis' room told of the answer that was made; null where it was not made now, or not asked. */
export function cacheStatus(inner: Verdict | null, edge: EdgeStatus): string {
  const redis = inner === null ? [] : [`pitchey-redis; ${REDIS[inner]}`];
  return [...redis, `pitchey-edge; ${told(edge)}`].join(", ");
}

const REDIS: Readonly<Record<Verdict, string>> = {
  hit: "hit",
  stale: "hit; detail=stale",
  miss: "fwd=miss",
  bypass: "fwd=bypass",
};

function told(edge: EdgeStatus): string {
  if (edge.how === "hit") return `hit; ttl=${Math.floor(edge.ttl)}`;
  const by = edge.by === undefined ? "" : `; detail=ttl-${edge.by}`;
  if (edge.how === "stored") return `fwd=miss; stored; ttl=${Math.floor(edge.ttl)}${by}`;
  return `fwd=${edge.how}${edge.collapsed ? "; collapsed" : ""}${by}`;
}
