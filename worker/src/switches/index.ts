/** Switches are keys of the namespace FLAGS: `off` turns an optimisation off, and any other value or none leaves it on.
 *
 * An isolate reads them at most once in 2 s. Cloudflare's KV keeps what it read for at least 30 s at each data centre
 * (`cacheTtl`), and says that a change may take a minute or more to be seen everywhere:
 * https://developers.cloudflare.com/kv/concepts/how-kv-works/. So whoever changes one tells the recorders as well, and
 * an isolate that serves hears of it with the answer to its next report, a second later. */

import type { Env } from "../env";
import { Changed } from "./changed";
import { NAMES, Reading } from "./reading";
import type { Switches } from "./switches";

export { type Maintenance, OPTIMISATIONS, type Optimisation, type Switches } from "./switches";

const CACHE_SECONDS = 30;
/** What this isolate has heard. */
export const CHANGED = new Changed(() => Date.now());
const readings = new WeakMap<KVNamespace, Reading>();

/** Never fails: what was known last holds when KV does not answer, and the defaults before anything is known. */
export function switchesOf(
  { FLAGS }: Pick<Env, "FLAGS">,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Switches> {
  let reading = readings.get(FLAGS);
  if (reading === undefined) {
    const read = () => FLAGS.get([...NAMES], { type: "text", cacheTtl: CACHE_SECONDS });
    reading = new Reading(read, () => Date.now(), CHANGED);
    readings.set(FLAGS, reading);
  }
  return reading.get(waitUntil);
}
