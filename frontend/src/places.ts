/** How far down each page of the history was left, so that back and forward lead to where one was. */

interface Entry {
  readonly key: string;
  /** Kept when the site itself is left, and with it what is in memory. */
  readonly top?: number;
}

export class Places {
  readonly #tops = new Map<string, number>();
  #key: string;

  constructor() {
    history.scrollRestoration = "manual";
    const { key, top } = entry();
    this.#key = key;
    this.#tops.set(key, top ?? 0);
    window.addEventListener("pagehide", () => {
      history.replaceState({ key: this.#key, top: scrollY } satisfies Entry, "");
    });
  }

  /** Where the page of this entry was left; 0 for one that is new. */
  get top(): number {
    return this.#tops.get(this.#key) ?? 0;
  }

  /** To an entry after this one. */
  push(path: string): void {
    this.#leave();
    history.pushState({ key: newKey() } satisfies Entry, "", path);
    this.#key = entry().key;
  }

  /** This entry becomes another page's. */
  replace(path: string): void {
    history.replaceState(history.state, "", path);
  }

  /** The browser has gone to another entry. */
  moved(): void {
    this.#leave();
    this.#key = entry().key;
  }

  #leave(): void {
    this.#tops.set(this.#key, scrollY);
  }
}

function entry(): Entry {
  const state = history.state as Entry | null;
  if (state !== null) return state;
  const fresh: Entry = { key: newKey() };
  history.replaceState(fresh, "");
  return fresh;
}

function newKey(): string {
  return `${Date.now()}-${Math.random()}`;
}
