/** Views of pitches, counted in the isolate and written a few seconds later, many at once. Best effort: an isolate that
 * ends takes what it has not written with it. */

import type { Database } from "../database/database";
import { addViews } from "./pitches/queries";

const INTERVAL_MS = 3000;
// An update whose request was cut off by the platform holds nobody up for longer.
const OVERDUE_MS = 30_000;
const MOST_PITCHES = 1000;
const PITCH = /^\/api\/pitches\/([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})$/;

export interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<unknown>;
}

/** The pitch that the answer showed; null for other answers. */
export function shown(request: Request, answer: Response): string | null {
  if (request.method !== "GET" || (answer.status !== 200 && answer.status !== 304)) return null;
  return PITCH.exec(new URL(request.url).pathname)?.[1] ?? null;
}

/** One an isolate. */
export class Views {
  #counts = new Map<string, number>();
  #writingSince = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Counts a view; `defer` takes what goes on after the answer. */
  note(id: string, database: Database, defer: (work: Promise<void>) => void): void {
    if (this.#counts.size >= MOST_PITCHES && !this.#counts.has(id)) return;
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    if (this.clock.now() - this.#writingSince < OVERDUE_MS) return;
    this.#writingSince = this.clock.now();
    defer(this.#write(database));
  }

  async #write(database: Database): Promise<void> {
    await this.clock.wait(INTERVAL_MS);
    const counts = Object.fromEntries(this.#counts);
    this.#counts = new Map();
    this.#writingSince = Number.NEGATIVE_INFINITY;
    try {
      await database.write((sql) => addViews(sql, counts));
    } catch {
      // Views that are lost are worth no error: the next ones count again.
    }
  }
}
