/** A circuit breaker: what keeps failing is left alone for a while, then tried by one alone.
 *
 * closed → open, when at least `failures` of a window failed and they are `share` of it or more; open → half-open, when
 * its time is over; half-open → closed or open, as the trial ends. Each time in a row it stays open twice as long. */

export interface BreakerSettings {
  readonly failures: number;
  readonly share: number;
  readonly windowMs: number;
  readonly openMs: number;
  readonly longestOpenMs: number;
  /** A trial that has not told its end by then was cut off, and another one may try. */
  readonly trialMs: number;
}

/** The right to try once; how it ended is told with it. */
export interface Ticket {
  readonly turn: number;
}

export type Circuit = "closed" | "open" | "half-open";

export class Breaker {
  #circuit: Circuit = "closed";
  /** Goes up with each change: what was tried under an earlier turn says nothing about this one. */
  #turn = 0;
  #since = 0;
  #requests = 0;
  #failed = 0;
  #until = 0;
  #opened = 0;

  constructor(readonly settings: BreakerSettings) {}

  /** As it is; an open one whose time is over is open until somebody asks for admission. */
  get circuit(): Circuit {
    return this.#circuit;
  }

  /** Milliseconds until somebody may try. */
  wait(now: number): number {
    if (this.#circuit === "closed") return 0;
    // After a clock was set back it is no longer than it ever would be.
    const { longestOpenMs, trialMs } = this.settings;
    const left = this.#until - now;
    return left > Math.max(longestOpenMs, trialMs) ? 0 : Math.max(0, left);
  }

  /** Null: not now. `now` in milliseconds, and never much less than it was. */
  admit(now: number): Ticket | null {
    if (this.#circuit === "closed") {
      if (now - this.#since >= this.settings.windowMs || now < this.#since) this.#clear(now);
      return { turn: this.#turn };
    }
    if (this.wait(now) > 0) return null;
    this.#change("half-open");
    this.#until = now + this.settings.trialMs;
    return { turn: this.#turn };
  }

  /** How it ended. Said of an earlier turn, it counts for nothing. */
  tell({ turn }: Ticket, worked: boolean, now: number): void {
    if (turn !== this.#turn) return;
    if (this.#circuit === "half-open") {
      if (worked) this.#close(now);
      else this.#open(now);
      return;
    }
    this.#requests += 1;
    if (!worked) this.#failed += 1;
    const { failures, share } = this.settings;
    if (this.#failed >= failures && this.#failed >= share * this.#requests) this.#open(now);
  }

  #open(now: number): void {
    const { openMs, longestOpenMs } = this.settings;
    this.#change("open");
    this.#until = now + Math.min(openMs * 2 ** this.#opened, longestOpenMs);
    this.#opened += 1;
  }

  #close(now: number): void {
    this.#change("closed");
    this.#opened = 0;
    this.#clear(now);
  }

  #change(to: Circuit): void {
    this.#circuit = to;
    this.#turn += 1;
  }

  #clear(now: number): void {
    this.#since = now;
    this.#requests = 0;
    this.#failed = 0;
  }
}
