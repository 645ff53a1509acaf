/** Classes of routes, what each may be asked for, and what holds when nobody can count. */

import type { Rule } from "./bucket";
import defaults from "./defaults.json";

export type RouteClass = keyof typeof defaults;

export interface Policy extends Rule {
  /** Open: without an answer of the limiter the request goes on. Closed: this isolate counts by itself. */
  readonly withoutLimiter: "open" | "closed";
}

export type Policies = Readonly<Record<RouteClass, Policy>>;

// Each costs a password hash, and each is a guess.
const CLOSED: ReadonlySet<string> = new Set<RouteClass>(["login", "sign-up"]);
const CLASSES = Object.keys(defaults) as RouteClass[];
const RULE = /^([1-9]\d{0,6})\/([1-9]\d{0,4})([smh])$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `600/1m`: that many at once, and an empty bucket full again in that time. Null for any other text. */
export function ruleOf(text: unknown): Rule | null {
  const [, requests, time, unit = ""] = (typeof text === "string" && RULE.exec(text)) || [];
  return requests === undefined ? null : { capacity: Number(requests), seconds: Number(time) * (SECONDS[unit] ?? 1) };
}

/** The usual policies, and a stack's own where it has some: `text` is a JSON object of rules by class. What cannot be
 * read in it changes nothing; the program has refused it before. */
export function policiesOf(text: string | undefined): Policies {
  const own = objectOf(text);
  const entries = CLASSES.map((of): [RouteClass, Policy] => {
    const rule = ruleOf(own[of]) ?? ruleOf(defaults[of]);
    if (rule === null) throw new TypeError(`${of} has no rule`);
    return [of, { ...rule, withoutLimiter: CLOSED.has(of) ? "closed" : "open" }];
  });
  return Object.fromEntries(entries) as Policies;
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
