/** Values that are being made in this isolate, for others who want the same. */

import { within } from "../deadline";

/** How it ended. `held`: nothing that the value depends on has changed until it was stored, so that it is right for all
 * who came until it was made. */
export type Landed =
  | { readonly value: unknown; readonly held: boolean }
  | { readonly error: unknown };

export class Making {
  readonly #made = new Map<string, Promise<Landed>>();

  has(key: string): boolean {
    return this.#made.has(key);
  }

  /** Null: nobody makes it, or whoever did was cut off or took longer than `patience` milliseconds. */
  async join(key: string, patience: number): Promise<Landed | null> {
    const landed = this.#made.get(key);
    return landed === undefined ? null : within<Landed | null>(landed, patience, () => null);
  }

  /** Others may join until `done` is called; they hear of it by `land`. */
  begin(key: string): { done(): void; land(how: Landed): void } {
    let land: (how: Landed) => void = () => {};
    const landed = new Promise<Landed>((resolve) => {
      land = resolve;
    });
    this.#made.set(key, landed);
    const done = (): void => {
      if (this.#made.get(key) === landed) this.#made.delete(key);
    };
    return { done, land };
  }
}
