/** How many may ask at once. A place is lent for a time: whoever was cut off with its request gives nothing back. */

export interface Place {
  leave(): void;
}

interface Waiter {
  readonly until: number;
  readonly lease: number;
  take(place: Place): void;
}

export class Places {
  readonly #lent = new Map<symbol, number>();
  #waiting: Waiter[] = [];

  constructor(
    readonly limit: number,
    readonly longestQueue: number,
    readonly now: () => number,
  ) {}

  get taken(): number {
    return this.#lent.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** A place for `lease` milliseconds at most. Null: all are taken, and the queue is full, or nobody has left within
   * `patience` milliseconds. */
  async take(lease: number, patience: number): Promise<Place | null> {
    const now = this.now();
    this.#clear(now);
    if (this.#lent.size < this.limit) return this.#lend(now + lease);
    if (this.#waiting.length >= this.longestQueue) return null;
    const until = now + patience;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const place = await new Promise<Place | null>((resolve) => {
      const waiter = { until, lease, take: resolve };
      this.#waiting.push(waiter);
      timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        resolve(null);
      }, patience);
    });
    clearTimeout(timer);
    return place;
  }

  #lend(until: number): Place {
    const key = Symbol("place");
    this.#lent.set(key, until);
    return {
      leave: () => {
        if (this.#lent.delete(key)) this.#pass();
      },
    };
  }

  #clear(now: number): void {
    for (const [key, until] of this.#lent) if (until <= now) this.#lent.delete(key);
    this.#waiting = this.#waiting.filter(({ until }) => until > now);
    while (this.#waiting.length > 0 && this.#lent.size < this.limit) this.#pass();
  }

  #pass(): void {
    const next = this.#waiting.shift();
    next?.take(this.#lend(this.now() + next.lease));
  }
}
