/** How often a caller may ask: a token bucket for each caller and class of routes, in a Durable Object of its own.
 *
 * What holds when the limiter does not answer within 200 ms:
 *
 * - reads, searches, writes, uploads and refreshes go on (fail open): a limiter that is down must not take the platform
 *   with it;
 * - logins and sign-ups are held against a bucket of this isolate alone (fail closed): guessing passwords does not
 *   become free. Whoever reaches several isolates has as many buckets, each as small as the real one.
 */

import { within } from "../../deadline";
import type { Env } from "../../env";
import { problem } from "../../http";
import { replied } from "../../objects";
import { type Bucket, take, type Taken } from "./bucket";
import type { Caller } from "./caller";
import { type Policies, policiesOf, type Policy, type RouteClass } from "./rules";

export { type Caller, callerOf } from "./caller";
export type { RouteClass } from "./rules";

export interface Limited {
  readonly allowed: boolean;
  /** For the answer: `RateLimit-Policy` and `RateLimit`, as in draft-ietf-httpapi-ratelimit-headers-10; none where
   * nobody counted. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a request that is not allowed: 429 with `Retry-After`. */
  readonly refusal: Response | null;
}

const DEADLINE_MS = 200;
const MOST_FALLBACKS = 1000;
const fallbacks = new Map<string, Bucket>();
// An isolate's bindings stay as they are: what they say is read once.
let policies: Policies | null = null;
const UNCOUNTED: Limited = { allowed: true, headers: {}, refusal: null };

/** Takes one request of the caller's for the class. */
export async function limit(env: Pick<Env, "RATES" | "RATE_LIMITS">, of: RouteClass, caller: Caller): Promise<Limited> {
  policies ??= policiesOf(env.RATE_LIMITS);
  const policy = policies[of];
  const name = await bucketName(of, caller);
  const taken = await ask(env.RATES, policy, name);
  if (taken !== null) return told(of, policy, taken);
  if (policy.withoutLimiter === "open") return UNCOUNTED;
  return told(of, policy, takeHere(policy, name));
}

/** Null when the limiter has not answered in time, or is not bound. */
async function ask(rates: Env["RATES"], rule: Policy, name: string): Promise<Taken | null> {
  if (rates === undefined) return null;
  try {
    const { capacity, seconds } = rule;
    const asked: Promise<Taken> = replied(rates.getByName(name).take({ capacity, seconds }, 1));
    return await within<Taken | null>(asked, DEADLINE_MS, () => null);
  } catch {
    return null;
  }
}

function takeHere(policy: Policy, name: string): Taken {
  const [bucket, taken] = take(fallbacks.get(name) ?? null, policy, Date.now());
  // The one that was used least lately goes first.
  fallbacks.delete(name);
  if (fallbacks.size >= MOST_FALLBACKS) fallbacks.delete(fallbacks.keys().next().value ?? "");
  fallbacks.set(name, bucket);
  return taken;
}

function told(of: RouteClass, { capacity, seconds }: Policy, taken: Taken): Limited {
  const headers = {
    "ratelimit-policy": `"${of}";q=${capacity};w=${seconds}`,
    ratelimit: `"${of}";r=${taken.remaining};t=${taken.allowed ? taken.fullIn : taken.retryIn}`,
  };
  if (taken.allowed) return { allowed: true, headers, refusal: null };
  const detail = `try again in ${taken.retryIn} s`;
  const refusal = problem(429, "Too many requests", detail, { ...headers, "retry-after": String(taken.retryIn) });
  return { allowed: false, headers, refusal };
}

/** Objects are named by a hash: an address is a personal datum, and names of objects are kept. */
async function bucketName(of: RouteClass, { kind, id }: Caller): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${of}\n${kind}\n${id}`));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
