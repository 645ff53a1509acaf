/** How long to wait before asking again: full jitter, so that those who failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */

const FIRST_MS = 20;
const LONGEST_MS = 250;

/** Milliseconds before try number `attempt` + 1; `draw` from 0 to 1. */
export function backoff(attempt: number, draw: number): number {
  return draw * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
}
