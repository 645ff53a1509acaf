/** A visitor without a name: a random id in a cookie, by which the zone keeps a visitor on one version. */

const NAME = "pitchey-visitor";
const BYTES = 16;
const ID = /(?:^|;\s*)pitchey-visitor=[\w-]{22}\s*(?:;|$)/;
const ATTRIBUTES = "Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax";

/** Whether the request came with an id. */
export function isReturning(request: Request): boolean {
  return ID.test(request.headers.get("cookie") ?? "");
}

/** Gives the visitor an id, for 30 days. */
export function welcome(answer: Response): void {
  const id = crypto.getRandomValues(new Uint8Array(BYTES));
  const text = btoa(String.fromCharCode(...id)).replaceAll("+", "-").replaceAll("/", "_");
  answer.headers.append("set-cookie", `${NAME}=${text.replace(/=+$/, "")}; ${ATTRIBUTES}`);
}
