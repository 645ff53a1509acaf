/** Whole seconds that never go back, whatever the clock does. */

export class SteadyClock {
  #ahead = 0;
  readonly #now: () => number;

  /** `now` in Unix milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How many seconds it has come to be ahead of the clock that it goes by. */
  get ahead(): number {
    return this.#ahead;
  }

  /** The second that it is, and no earlier than `least`: when the clock was set back, ours goes on from there. */
  second(least: number): number {
    const now = Math.floor(this.#now() / 1000) + this.#ahead;
    if (now >= least) return now;
    this.#ahead += least - now;
    return least;
  }
}
