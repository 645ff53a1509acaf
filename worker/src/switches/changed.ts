/** Flags that were changed just now, as a recorder told this isolate: they hold until KV tells them too. */

import type { Values } from "./reading";

const NONE: Values = new Map();
// A recorder that is not heard any more cannot say that it is over.
const HOLDS_MS = 180_000;

export class Changed {
  #values = NONE;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(readonly now: () => number) {}

  /** What a recorder tells now, in place of what it told before. A Rollouts Worker older than this tells nothing. */
  hear(flags: Readonly<Record<string, string | null>> | undefined): void {
    const told = Object.entries(flags ?? {});
    this.#values = told.length === 0 ? NONE : new Map(told);
    this.#heardAt = this.now();
  }

  /** The same object as long as nothing else was heard. */
  get values(): Values {
    return this.now() - this.#heardAt < HOLDS_MS ? this.#values : NONE;
  }
}
