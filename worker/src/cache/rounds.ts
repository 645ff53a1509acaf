/** Work that many want at once is done once for all of them: never begun before any of them had come.
 *
 * Whoever comes while a round is under way waits for the next one, which all who come until then share. So nobody is
 * told what was true before asking. A round may be cut off with the request that leads it: whoever waits for one does
 * the work alone in the end. */

import { within } from "../deadline";

interface Round<T> {
  readonly done: Promise<T>;
  next: Promise<T> | null;
}

export class Rounds<T> {
  readonly #running = new Map<string, Round<T>>();

  /** `patience` in milliseconds. */
  share(key: string, patience: number, work: () => Promise<T>): Promise<T> {
    const current = this.#running.get(key);
    if (current === undefined) return this.#start(key, work);
    current.next ??= this.#follow(key, current, patience, work);
    return within(current.next, 2 * patience, work);
  }

  async #follow(key: string, { done }: Round<T>, patience: number, work: () => Promise<T>): Promise<T> {
    const over = done.then(
      () => {},
      () => {},
    );
    await within(over, patience, () => {});
    return this.#start(key, work);
  }

  async #start(key: string, work: () => Promise<T>): Promise<T> {
    const round: Round<T> = { done: work(), next: null };
    this.#running.set(key, round);
    try {
      return await round.done;
    } finally {
      if (round.next === null && this.#running.get(key) === round) this.#running.delete(key);
    }
  }
}
