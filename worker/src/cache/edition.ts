/** All that is kept, in Redis and at the edge, is of an edition, which a key of FLAGS tells.
 *
 * Whoever cannot tell Redis of a change begins another one: others would use what they have for its lifetime, and
 * nobody would tell them if this isolate ended. Costly, as all is made anew, so that Redis is asked several times
 * before.
 *
 * Cloudflare's KV may take a minute to be read everywhere. So the recorders are told too, and an isolate that serves
 * hears of it with the answer to its next report. */

import { within } from "../deadline";
import type { Env } from "../env";
import { RECORDERS } from "../recording";
import { EDITION } from "../switches/switches";

const TRIES = 3;
const AGAIN_MS = 1100;
const TELLING_MS = 1000;

// One an isolate: when the last one was begun.
let begunAt = Number.NEGATIVE_INFINITY;

/** Nothing from before `change` (Unix milliseconds) is used by whoever hears of it from KV or a recorder. */
export async function anotherEdition(
  { FLAGS, RECORDER }: Pick<Env, "FLAGS" | "RECORDER">,
  change: number,
): Promise<void> {
  for (let left = TRIES; left > 0 && begunAt < change; left--) {
    const now = Date.now();
    const edition = crypto.randomUUID();
    try {
      await FLAGS.put(EDITION, edition);
      begunAt = now;
      await tellRecorders(RECORDER, edition);
    } catch {
      // KV takes one write a second of a key, and others may have the same trouble.
      await scheduler.wait(AGAIN_MS * (1 + Math.random()));
    }
  }
}

/** Never fails: whom they do not tell hears of it from KV. */
async function tellRecorders(recorder: Env["RECORDER"], edition: string): Promise<void> {
  if (recorder === undefined) return;
  const telling = RECORDERS.map(async (name) => recorder.getByName(name).change({ [EDITION]: edition }));
  await within(Promise.allSettled(telling), TELLING_MS, () => []);
}
