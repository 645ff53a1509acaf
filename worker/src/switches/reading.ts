/** Switches as KV tells them, read now and then by an isolate. */

import { within } from "../deadline";
import { type Maintenance, OPTIMISATIONS, type Optimisation, type Switches } from "./switches";

/** Values by name; null where there is none. */
export type Values = ReadonlyMap<string, string | null>;

export const NAMES: readonly string[] = [...OPTIMISATIONS, "maintenance"];
export const READ_AGAIN_MS = 2000;
const FIRST_MS = 500;
const RETRY_AFTER = 120;
const LONGEST_RETRY_AFTER = 86_400;
const OFF = new Set(["off", '"off"', "false"]);
const ON = new Set(["on", '"on"', "true"]);

export class Reading {
  #known: Switches = switches(new Map());
  #first: Promise<void> | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;
  #takenFrom = Number.NEGATIVE_INFINITY;

  constructor(
    readonly read: () => Promise<Values>,
    readonly now: () => number,
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
    return this.#known;
  }

  async #take(startedAt: number): Promise<void> {
    try {
      const values = await this.read();
      if (startedAt < this.#takenFrom) return;
      this.#takenFrom = startedAt;
      this.#known = switches(values);
    } catch {
      // What was known last still holds.
    }
  }
}

/** Everything is on and nothing is under maintenance where the values do not say otherwise in so many words. */
export function switches(values: Values): Switches {
  const off = new Set(OPTIMISATIONS.filter((name) => OFF.has(values.get(name)?.trim() ?? "")));
  return {
    isOn: (name: Optimisation) => !off.has(name),
    maintenance: maintenance(values.get("maintenance")?.trim() ?? ""),
  };
}

/** `on`, a number of seconds, or `{"retryAfter": seconds}`; anything else is none. */
function maintenance(text: string): Maintenance | null {
  if (ON.has(text)) return { retryAfter: RETRY_AFTER };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const seconds = typeof value === "object" && value !== null && "retryAfter" in value ? value.retryAfter : value;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds <= 0) return null;
  return { retryAfter: Math.min(Math.ceil(seconds), LONGEST_RETRY_AFTER) };
}
