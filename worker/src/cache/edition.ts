/** All that is kept, in Redis and at the edge, is of an edition, which a key of FLAGS tells.
 *
 * Whoever cannot tell Redis of a change begins another one: others would use what they have for its lifetime, and
 * nobody would tell them if this isolate ended. Costly, as all is made anew, so that Redis is asked several times
 * before. */

import type { Env } from "../env";
import { EDITION } from "../switches/switches";

const TRIES = 3;
const AGAIN_MS = 1100;

// One an isolate: when the last one was begun.
let begunAt = Number.NEGATIVE_INFINITY;

/** Nothing from before `change` (Unix milliseconds) is used once this is done, and as soon as KV tells it. */
export async function anotherEdition({ FLAGS }: Pick<Env, "FLAGS">, change: number): Promise<void> {
  for (let left = TRIES; left > 0 && begunAt < change; left--) {
    const now = Date.now();
    try {
      await FLAGS.put(EDITION, crypto.randomUUID());
      begunAt = now;
    } catch {
      // KV takes one write a second of a key, and others may have the same trouble.
      await scheduler.wait(AGAIN_MS * (1 + Math.random()));
    }
  }
}
