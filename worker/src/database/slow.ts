/** The log of slow queries: a line of JSON each, with the query's text and never a value; a few a second, as all are
 * slow when the database is. */

const SLOW_MS = 200;
const LONGEST_TEXT = 500;
const LINES = 5;
const SECOND_MS = 1000;

export interface Asked {
  readonly text: string;
  readonly milliseconds: number;
  readonly rows: number;
  readonly route: string;
}

export class SlowQueries {
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unsaid = 0;

  /** The line to log, which says how many were left out before it; null where there is none. */
  line({ text, milliseconds, rows, route }: Asked, now: number): string | null {
    if (milliseconds < SLOW_MS) return null;
    if (now - this.#since >= SECOND_MS || now < this.#since) [this.#since, this.#lines] = [now, 0];
    this.#lines += 1;
    if (this.#lines > LINES) {
      this.#unsaid += 1;
      return null;
    }
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    const slowQuery = text.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_TEXT);
    return JSON.stringify({ slowQuery, milliseconds: Math.round(milliseconds), rows, route, unsaid });
  }
}
