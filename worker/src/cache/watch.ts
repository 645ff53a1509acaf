/** Whether answers that are kept elsewhere than in Redis are still right. */

import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import type { Switches } from "../switches";
import { add, BEHIND_MS, type Place } from "./changes";
import { Redis } from "./redis";
import { Rounds } from "./rounds";
import { changes } from "./seen";

type Access = Pick<Env, "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">;

/** What is known of an answer: when it began to be made (Unix milliseconds), where the list of changes was then. */
export interface Made {
  readonly at: number;
  readonly place: Place | null;
  readonly tags: readonly string[];
}

const POLL_MS = 400;
const polls = new Rounds<void>();

export class Watch {
  readonly #redis: Redis;

  constructor(
    env: Access,
    readonly switches: Switches,
    observed: Observation,
    readonly waitUntil: (work: Promise<unknown>) => void,
  ) {
    this.#redis = new Redis(env, observed);
  }

  /** For what is made from now on. */
  get place(): Place | null {
    return changes.place;
  }

  /** Whether it is known that it has changed since. */
  isOutdated({ at, place, tags }: Made): boolean {
    return changes.isOutdated(place, tags, at);
  }

  /** Whether it is right, but for what has changed in the last two seconds. Without Redis nobody can tell, and only
   * what is no older than that is. */
  async isRight(made: Made): Promise<boolean> {
    if (this.isOutdated(made)) return false;
    const now = Date.now();
    const isYoung = now >= made.at && now - made.at <= BEHIND_MS;
    const poll = this.readOn();
    if (isYoung) return true;
    if (!changes.isKnown(now)) await poll;
    const isKnown = this.switches.isOn("redis") && changes.isKnown(Date.now());
    return isKnown && changes.reaches(made.place) && !this.isOutdated(made);
  }

  /** Reads the list of changes on in the background, if it is time to; the reading. */
  readOn(): Promise<void> {
    if (!this.switches.isOn("redis")) return Promise.resolve();
    const now = Date.now();
    if (!changes.isDue(now) && changes.isKnown(now)) return Promise.resolve();
    const poll = this.#poll();
    this.waitUntil(poll);
    return poll;
  }

  async #poll(): Promise<void> {
    try {
      await polls.share("", POLL_MS, async () => {
        const asked = Date.now();
        const heard = changes.hear(await this.#redis.pipeline(changes.ask(asked)), asked);
        // A list without an entry has no place.
        if (heard !== "empty") return;
        await this.#redis.pipeline([add([])]);
        changes.hear(await this.#redis.pipeline(changes.ask(asked)), asked);
      });
    } catch {
      // Nothing is known, and what needs to be known is made anew.
    }
  }
}
