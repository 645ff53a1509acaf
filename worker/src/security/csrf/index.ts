/** Requests that a cookie alone would authorise, made by a page that is not ours: refused before the cookie is read. */

import type { Origins } from "../cors";

/** No form, link or image can send it, and no page of another origin without a preflight. Its value does not matter. */
export const CSRF_HEADER = "pitchey-csrf";
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Why the request may be another page's doing, null when it cannot. Only for routes that go by a cookie: what carries
 * `Authorization` was written by a page that knows the token. */
export function csrfFault(request: Request, allowed: Origins): string | null {
  if (SAFE.has(request.method)) return null;
  if (!request.headers.has(CSRF_HEADER)) return `the header ${CSRF_HEADER} is needed`;
  const origin = request.headers.get("origin");
  if (origin !== null) {
    if (origin === new URL(request.url).origin || allowed.allow(origin)) return null;
    return "pages of this origin may not do that";
  }
  // Browsers tell the origin of every unsafe request; where one is missing, this is what they tell instead.
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return "pages of another site may not do that";
  return null;
}
