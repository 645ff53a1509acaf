/** Sessions in two tokens: an access token that any version verifies without a store, and a refresh token that names a
 * row of `sessions` and the generation of it that this token is. */

import type { Keys } from "./keys";
import { type Payload, sign, type Unread, verify } from "./signature";

export { type Keys, keysOf, WeakKeyError } from "./keys";

export const ROLES = ["creator", "investor", "production", "operator"] as const;
export type Role = (typeof ROLES)[number];

export const ACCESS_SECONDS = 15 * 60;
export const REFRESH_SECONDS = 30 * 86_400;
/** By how much clocks may differ. */
export const LEEWAY_SECONDS = 60;

export interface Access {
  /** The person's id. */
  readonly person: string;
  readonly role: Role;
  /** The session's id. */
  readonly session: string;
}

export interface Refresh {
  readonly person: string;
  readonly session: string;
  /** From 1; each refresh makes the next one, and ends the session when an earlier one comes back. */
  readonly generation: number;
}

/** `foreign`: of another environment or for another use. `forged`: it would be good, were it not for its signature.
 * No client comes to that by accident, as it does to one that has expired or is another environment's, whoever signed
 * that. A version that lost its key does, and that is as much worth knowing. */
export type Refusal = Unread | "expired" | "early" | "foreign" | "forged";
export type Read<T> = { readonly token: T } | { readonly refused: Refusal };

type Use = "access" | "refresh";

/** `environment` as in `env.ENVIRONMENT`, `now` in Unix seconds. */
export function issueAccess(keys: Keys, environment: string, now: number, access: Access): Promise<string> {
  const { person, role, session } = access;
  return issue(keys, environment, now, "access", ACCESS_SECONDS, { sub: person, role, sid: session });
}

export function issueRefresh(keys: Keys, environment: string, now: number, refresh: Refresh): Promise<string> {
  const { person, session, generation } = refresh;
  return issue(keys, environment, now, "refresh", REFRESH_SECONDS, { sub: person, sid: session, gen: generation });
}

export async function readAccess(
  keys: Keys,
  environment: string,
  now: number,
  token: string,
): Promise<Read<Access>> {
  const payload = await read(keys, environment, now, "access", ACCESS_SECONDS, token);
  if (typeof payload === "string") return { refused: payload };
  const { sub, role, sid } = payload;
  if (!isId(sub) || !isId(sid) || !isRole(role)) return { refused: "malformed" };
  return { token: { person: sub, role, session: sid } };
}

export async function readRefresh(
  keys: Keys,
  environment: string,
  now: number,
  token: string,
): Promise<Read<Refresh>> {
  const payload = await read(keys, environment, now, "refresh", REFRESH_SECONDS, token);
  if (typeof payload === "string") return { refused: payload };
  const { sub, sid, gen } = payload;
  if (!isId(sub) || !isId(sid) || !Number.isSafeInteger(gen) || (gen as number) < 1) {
    return { refused: "malformed" };
  }
  return { token: { person: sub, session: sid, generation: gen as number } };
}

/** The token of a request's `Authorization: Bearer` header; null without one. */
export function bearer(request: Request): string | null {
  return /^Bearer +([\w.-]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null;
}

function issue(
  keys: Keys,
  environment: string,
  now: number,
  use: Use,
  seconds: number,
  claims: Payload,
): Promise<string> {
  const times = { iat: now, nbf: now, exp: now + seconds };
  // No two tokens are the same, not even of one session within a second.
  const own = { iss: issuer(environment), aud: audience(use), jti: crypto.randomUUID() };
  return sign({ ...own, ...claims, ...times }, keys.current);
}

async function read(
  keys: Keys,
  environment: string,
  now: number,
  use: Use,
  seconds: number,
  token: string,
): Promise<Payload | Refusal> {
  const verified = await verify(token, keys);
  if (typeof verified === "string") return verified;
  const { payload, genuine } = verified;
  if (payload.iss !== issuer(environment) || payload.aud !== audience(use)) return "foreign";
  const { iat, nbf, exp } = payload;
  if (!isTime(iat) || !isTime(nbf) || !isTime(exp) || exp <= iat || exp - iat > seconds) return "malformed";
  if (now >= exp + LEEWAY_SECONDS) return "expired";
  if (nbf > now + LEEWAY_SECONDS || iat > now + LEEWAY_SECONDS) return "early";
  return genuine ? payload : "forged";
}

function issuer(environment: string): string {
  return `pitchey-${environment}`;
}

function audience(use: Use): string {
  return use === "access" ? "pitchey-api" : "pitchey-sessions";
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 64;
}

function isRole(value: unknown): value is Role {
  return (ROLES as readonly unknown[]).includes(value);
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
