/** Classes of routes, what each may be asked for, and what holds when nobody can count. */

import type { Rule } from "./bucket";

export type RouteClass = "read" | "search" | "write" | "upload" | "login" | "sign-up" | "refresh";

export interface Policy extends Rule {
  /** Open: without an answer of the limiter the request goes on. Closed: this isolate counts by itself. */
  readonly withoutLimiter: "open" | "closed";
}

export const POLICIES: Readonly<Record<RouteClass, Policy>> = {
  read: { capacity: 600, seconds: 60, withoutLimiter: "open" },
  search: { capacity: 120, seconds: 60, withoutLimiter: "open" },
  write: { capacity: 60, seconds: 60, withoutLimiter: "open" },
  upload: { capacity: 20, seconds: 600, withoutLimiter: "open" },
  // Each costs a password hash, and each is a guess.
  login: { capacity: 10, seconds: 300, withoutLimiter: "closed" },
  "sign-up": { capacity: 5, seconds: 3600, withoutLimiter: "closed" },
  refresh: { capacity: 60, seconds: 300, withoutLimiter: "open" },
};
