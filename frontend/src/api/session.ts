/** Who is signed in. The access token is in memory alone; what brings it back after a reload is a cookie that no
 * script can read. Of that cookie the page keeps a hint, whose it is: so it asks for nothing that cannot be there, and
 * all tabs know when it is somebody else's. */

import type { Person, SignedIn } from "./types";

export const HINT = "pitchey-signed-in";
/** Exchanged so long before it expires. */
const EARLY_SECONDS = 30;

export interface Hints {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Session {
  person: Person | null = null;
  /** Told whenever somebody else, or nobody, is signed in. */
  onChange: () => void = () => undefined;
  #token: { readonly text: string; readonly until: number } | null = null;

  constructor(
    private readonly hints: Hints,
    private readonly now: () => number = () => Date.now() / 1000,
  ) {}

  /** Whether a cookie may be there that a new token is given for. */
  get isPromised(): boolean {
    return this.hints.getItem(HINT) !== null;
  }

  /** Whether another tab has signed somebody in or out since. */
  get isOutdated(): boolean {
    return this.hints.getItem(HINT) !== (this.person?.id ?? null);
  }

  /** One that holds for a while yet; null without. */
  get token(): string | null {
    const token = this.#token;
    return token !== null && this.now() < token.until ? token.text : null;
  }

  begin({ accessToken, expiresIn, person }: SignedIn): void {
    this.#token = { text: accessToken, until: this.now() + expiresIn - EARLY_SECONDS };
    this.hints.setItem(HINT, person.id);
    const before = this.person?.id;
    this.person = person;
    if (before !== person.id) this.onChange();
  }

  /** The token is not good any more; the cookie may be. */
  expire(): void {
    this.#token = null;
  }

  end(): void {
    this.hints.removeItem(HINT);
    this.forget();
  }

  /** This tab knows of nobody; the cookie stays. */
  forget(): void {
    this.#token = null;
    const wasSignedIn = this.person !== null;
    this.person = null;
    if (wasSignedIn) this.onChange();
  }
}
