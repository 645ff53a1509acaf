/** Switches as KV tells them, read now and then by an isolate. */

import { within } from "../deadline";
import { readMaintenance } from "../security/maintenance";
import type { Changed } from "./changed";
import { EDITION, OPTIMISATIONS, type Optimisation, type Switches } from "./switches";

/** Values by name; null where there is none. */
export type Values = ReadonlyMap<string, string | null>;

export const NAMES: readonly string[] = [...OPTIMISATIONS, "maintenance", EDITION];
export const READ_AGAIN_MS = 2000;
const FIRST_MS = 500;
const WORD = /^[\w-]{1,64}$/;
const OFF = new Set(["off", '"off"', "false"]);

export class Reading {
  #read: Values = new Map();
  #over: Values = new Map();
  #known: Switches = switches(this.#read);
  #first: Promise<void> | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;
  #takenFrom = Number.NEGATIVE_INFINITY;

  constructor(
    readonly read: () => Promise<Values>,
    readonly now: () => number,
    readonly changed: Pick<Changed, "values">,
  ) {}

  /** What is known; `defer` takes the reading that goes on meanwhile. Only an isolate's first one is waited for. */
  async get(defer: (work: Promise<void>) => void): Promise<Switches> {
    const now = this.now();
    // A reading may have been cut off with its request; the next one comes at its time all the same.
    if (now - this.#startedAt >= READ_AGAIN_MS || now < this.#startedAt) {
      this.#startedAt = now;
      const reading = this.#take(now);
      this.#first ??= reading;
      defer(reading);
    }
    if (this.#takenFrom === Number.NEGATIVE_INFINITY && this.#first !== null) {
      await within(this.#first, FIRST_MS, () => {});
      // Whoever comes later does not wait for what was not there in time.
      if (this.#takenFrom === Number.NEGATIVE_INFINITY) this.#first = Promise.resolve();
    }
    if (this.changed.values !== this.#over) this.#know();
    return this.#known;
  }

  #know(): void {
    this.#over = this.changed.values;
    this.#known = switches(new Map([...this.#read, ...this.#over]), this.#startedAt);
  }

  async #take(startedAt: number): Promise<void> {
    try {
      const values = await this.read();
      if (startedAt < this.#takenFrom) return;
      this.#takenFrom = startedAt;
      this.#read = values;
      this.#know();
    } catch {
      // What was known last still holds.
    }
  }
}

/** Everything is on and nothing is under maintenance where the values do not say otherwise in so many words. `now` in
 * Unix milliseconds. */
export function switches(values: Values, now = 0): Switches {
  const off = new Set(OPTIMISATIONS.filter((name) => OFF.has(values.get(name)?.trim() ?? "")));
  return {
    isOn: (name: Optimisation) => !off.has(name),
    maintenance: readMaintenance(values.get("maintenance")?.trim() ?? "", now / 1000),
    edition: WORD.exec(values.get(EDITION)?.trim() ?? "")?.[0] ?? "",
  };
}
