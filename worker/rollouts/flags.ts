/** Changes of flags, told before KV tells them. KV keeps what it has read for 30 s or more at each data centre; an
 * isolate that serves reports to a recorder once a second, and hears of a change in the answer. The value is KV's. */

/** By name; null where the flag was taken away. */
export type Flags = Readonly<Record<string, string | null>>;

interface Change {
  readonly value: string | null;
  /** Unix milliseconds. */
  readonly at: number;
}

type Storage = Pick<SyncKvStorage, "get" | "put" | "delete">;

const KEY = "flags";
/** Then KV tells it everywhere. */
export const TOLD_MS = 180_000;

export class Changes {
  #known: Readonly<Record<string, Change>>;

  constructor(
    readonly storage: Storage,
    readonly now: () => number,
  ) {
    this.#known = storage.get<Record<string, Change>>(KEY) ?? {};
  }

  note(flags: Flags): void {
    const at = this.now();
    const fresh = Object.entries(flags).map(([name, value]) => [name, { value, at }] as const);
    this.#keep({ ...this.#known, ...Object.fromEntries(fresh) });
  }

  recent(): Flags {
    const now = this.now();
    const all = Object.entries(this.#known);
    const told = all.filter(([, { at }]) => now - at < TOLD_MS);
    if (told.length < all.length) this.#keep(Object.fromEntries(told));
    return Object.fromEntries(told.map(([name, { value }]) => [name, value]));
  }

  #keep(known: Readonly<Record<string, Change>>): void {
    this.#known = known;
    if (Object.keys(known).length === 0) this.storage.delete(KEY);
    else this.storage.put(KEY, known);
  }
}
