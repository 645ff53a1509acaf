/** What our caches did with a request, in the words of RFC 9211 (`Cache-Status`): the one nearer to the database first.
 * Each cache tells of itself what it did, so that whoever turns one off sees at the answers that it is off. */

import type { Verdict } from "../cache";

export const STATUS_HEADER = "cache-status";

/** `bypass`: it was not asked. `ttl`: seconds for which it is still fresh, below 0 for what is past that. */
export type EdgeStatus =
  | { readonly how: "bypass" | "miss"; readonly collapsed?: true }
  | { readonly how: "stored"; readonly ttl: number }
  | { readonly how: "hit"; readonly ttl: number };

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
  if (edge.how === "stored") return `fwd=miss; stored; ttl=${Math.floor(edge.ttl)}`;
  return `fwd=${edge.how}${edge.collapsed ? "; collapsed" : ""}`;
}
