/** Who may do what. Rules are plain functions of who asks and what it is about. */

import type { Access, Role } from "../security/tokens";
import { nothingHere, ProblemError } from "./problems";
import type { Asked, Requests } from "./requests";

// Where nobody's being signed in matters; signing in anew is the way out for who has an old token.
const ANYBODYS = /^\/api\/(?:people|sessions(?:\/refresh)?|health|version|openapi\.json)$/;

/** Refuses a token that is not good even where none is needed: whoever sends one believes to be signed in, and is to
 * refresh it. */
export const identify: Requests = async (c, next) => {
  const { caller } = c.env;
  const isInvalid = caller === "invalid";
  if (isInvalid && !ANYBODYS.test(c.req.path)) throw unauthorized("the access token is not valid", "invalid_token");
  c.set("caller", isInvalid ? null : caller);
  await next();
};

export function unauthorized(detail: string, error?: string): ProblemError {
  return new ProblemError(401, detail, { "www-authenticate": error ? `Bearer error="${error}"` : "Bearer" });
}

/** Lets only those through who are signed in, in one of these roles if some are named. */
export function only(...roles: readonly Role[]): Requests {
  return async (c, next) => {
    const caller = signedIn(c);
    if (roles.length > 0 && !roles.includes(caller.role)) {
      throw new ProblemError(403, `this is for: ${roles.join(", ")}`);
    }
    await next();
  };
}

/** Whoever asks. Raises a problem (401) when nobody is signed in. */
export function signedIn(c: Asked): Access {
  const { caller } = c.var;
  if (caller === null) throw unauthorized("sign in for this: a bearer token is needed");
  return caller;
}

export type PitchStatus = "draft" | "published" | "archived";
export type NdaStatus = "requested" | "granted" | "refused";

/** How far somebody sees into a pitch: not at all, what everybody sees, or all of it. */
export type Sight = "none" | "public" | "whole";

export function sight(
  pitch: { readonly creatorId: string; readonly status: PitchStatus },
  caller: Access | null,
  nda: NdaStatus | null,
): Sight {
  if (caller?.person === pitch.creatorId) return "whole";
  if (pitch.status !== "published") return "none";
  return caller !== null && nda === "granted" ? "whole" : "public";
}

/** Raises a problem (404, or 403 where one sees the pitch) unless the pitch is the caller's own. */
export function requireOwn(
  pitch: { readonly creatorId: string; readonly status: PitchStatus } | undefined,
  caller: Access,
): asserts pitch {
  if (pitch === undefined || sight(pitch, caller, null) === "none") throw nothingHere();
  if (pitch.creatorId !== caller.person) throw new ProblemError(403, "the pitch is somebody else's");
}
