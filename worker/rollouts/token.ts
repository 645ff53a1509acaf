/** Who may call: whoever shows the token. */

const LEAST_CHARACTERS = 32;

/** Takes as long for a wrong token as for the right one: both are hashed, and the hashes compared in constant time. */
export async function isAuthorized(request: Request, token: string | undefined): Promise<boolean> {
  const [, shown = ""] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const [given, wanted] = await Promise.all([digest(shown), digest(token ?? "")]);
  const same = crypto.subtle.timingSafeEqual(given, wanted);
  // A token that is missing, or too short to be one, opens nothing.
  return same && (token ?? "").length >= LEAST_CHARACTERS;
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
}
