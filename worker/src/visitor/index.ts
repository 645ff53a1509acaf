/** A visitor without a name: a random id in a cookie, by which the zone keeps a visitor on one version.
 *
 * The zone gives a first request a version key that it draws (`components/sticky_visitors.py`), and that key becomes
 * the id, so that all requests of a visitor go by one key, the first too. Where no zone has drawn one, it is drawn
 * here. */

const NAME = "pitchey-visitor";
const KEY_HEADER = "cloudflare-workers-version-key";
const UUID = "[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}";
const KEY = new RegExp(`^${UUID}$`);
// Ids of 22 letters are from before the zone drew them.
const ID = new RegExp(`(?:^|;\\s*)${NAME}=(?:${UUID}|[\\w-]{22})\\s*(?:;|$)`);
const ATTRIBUTES = "Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax";

/** Whether the request came with an id. */
export function isReturning(request: Request): boolean {
  return ID.test(request.headers.get("cookie") ?? "");
}

/** Gives whoever sent the request an id, for 30 days: its key, if that has the form of those that zones draw. */
export function welcome(request: Request, answer: Response): void {
  const key = request.headers.get(KEY_HEADER) ?? "";
  const id = KEY.test(key) ? key : crypto.randomUUID();
  answer.headers.append("set-cookie", `${NAME}=${id}; ${ATTRIBUTES}`);
}
