/** Who asks, by the request's access token. */

import type { Observation } from "../../recording/observation";
import { type Access, bearer, type Keys, readAccess } from ".";

export interface Reading {
  readonly environment: string;
  readonly keys: () => Promise<Keys>;
  /** Unix seconds. */
  readonly now: number;
  readonly observed: Observation;
}

/** Null for somebody who shows no token; `invalid` for one that is not good. */
export async function readCaller(request: Request, reading: Reading): Promise<Access | "invalid" | null> {
  if (!request.headers.has("authorization")) return null;
  const token = bearer(request);
  if (token === null) return "invalid";
  const { environment, keys, now, observed } = reading;
  const read = await readAccess(await keys(), environment, now, token);
  if ("token" in read) return read.token;
  if (isAttack(read.refused)) observed.count("security");
  return "invalid";
}

/** Of a token's refusal: no client comes to that by accident. */
export function isAttack(refusal: string): boolean {
  return refusal === "forged" || refusal === "unsigned";
}
