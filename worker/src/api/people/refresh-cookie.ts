/** The cookie that holds the refresh token: only sent to where it is exchanged, and read by no script. */

const NAME = "pitchey-refresh";
const PATH = "/api/sessions";
const ATTRIBUTES = `Path=${PATH}; HttpOnly; Secure; SameSite=Strict`;
// A header of cookies that is longer is no browser's.
const LONGEST_HEADER = 16 * 1024;

export function refreshCookie(token: string, seconds: number): string {
  return `${NAME}=${token}; Max-Age=${seconds}; ${ATTRIBUTES}`;
}

/** Takes it away. */
export const NO_COOKIE = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

/** The token in the request's cookie; null without one, or with two that differ: one of them was slipped in. */
export function readRefreshCookie(request: Request): string | null {
  const header = request.headers.get("cookie") ?? "";
  if (header.length > LONGEST_HEADER) return null;
  const found = header
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${NAME}=`));
  return found.length === 1 ? (found[0]?.slice(NAME.length + 1) ?? null) : null;
}
