/** Durations in buckets: a millisecond wide up to 20 ms, then each 5 % wider than the one before. */

const LINEAR_MS = 20;
const GROWTH = 1.05;
/** Holds whatever took longer than its lower edge, some two minutes. */
export const LARGEST_BUCKET = 200;

/** The bucket of a duration in milliseconds. Python's `delivery/statistics/latency.py` gives the same for each case of
 * `rollouts/latency-buckets.json`. */
export function bucket(milliseconds: number): number {
  if (!(milliseconds > 0)) return 0;
  if (milliseconds <= LINEAR_MS) return Math.ceil(milliseconds);
  const near = LINEAR_MS + Math.ceil(Math.log(milliseconds / LINEAR_MS) / Math.log(GROWTH));
  // The logarithm of an edge itself may come out a hair too large.
  return Math.min(milliseconds <= upperEdge(near - 1) ? near - 1 : near, LARGEST_BUCKET);
}

/** The longest duration, in milliseconds, that a bucket holds. */
export function upperEdge(index: number): number {
  return index <= LINEAR_MS ? index : LINEAR_MS * GROWTH ** (index - LINEAR_MS);
}
