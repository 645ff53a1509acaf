/** Which limit a request counts against (`security/rates/`). */

import type { RouteClass } from "../security/rates";

const CLASSES: Readonly<Record<string, RouteClass>> = {
  "POST /api/people": "sign-up",
  "POST /api/sessions": "login",
  "POST /api/sessions/refresh": "refresh",
};
const UPLOAD = /^\/api\/pitches\/[^/]+\/uploads$/;
const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
// Whoever watches over the application must not be told to come back later.
const UNCOUNTED: ReadonlySet<string> = new Set(["/api/health", "/api/version"]);

/** Null for what is not counted. */
export function classOf(method: string, { pathname, searchParams }: URL): RouteClass | null {
  if (UNCOUNTED.has(pathname)) return null;
  const named = CLASSES[`${method} ${pathname}`];
  if (named !== undefined) return named;
  if (READS.has(method)) return pathname === "/api/pitches" && searchParams.has("q") ? "search" : "read";
  return UPLOAD.test(pathname) ? "upload" : "write";
}
