/** What a page of the site is. */

import type { Api } from "./api";
import type { Role } from "./api/types";
import type { Child } from "./dom";

/** What a page is made from. */
export interface Asked {
  readonly api: Api;
  readonly values: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Aborted when the visitor leaves the page. */
  readonly signal: AbortSignal;
  /** To another page of the site. */
  readonly go: (path: string) => void;
  /** The same page anew, with focus and a word of what has changed. */
  readonly again: (said: string) => void;
}

export interface View {
  readonly title: string;
  readonly content: readonly Child[];
}

export interface Route {
  readonly pattern: string;
  /** Who may see it; everybody when it is left out. */
  readonly roles?: readonly Role[];
  readonly show: (asked: Asked) => View | Promise<View>;
}
