/** Bearer tokens: JWTs signed with HS256 (RFC 7519). */

export interface Claims {
  readonly sub?: string;
  readonly exp?: number;
  readonly nbf?: number;
}

const SKEW_SECONDS = 5;

/** One secret, or several of which any may have signed. */
type Secrets = string | readonly string[];

/** The claims of a token that is signed with `secrets` and valid at `now` (Unix seconds), else null. */
export async function verify(token: string, secrets: Secrets, now: number): Promise<Claims | null> {
  const judged = await judge(token, secrets, now);
  return judged === "forged" ? null : judged;
}

/** Like `verify`, but tells a forgery apart: an unsigned token (`alg: none`), or one that would be valid now, were it
 * not for its signature. No client comes to that by accident: not with a token that has expired, is cut off, or names
 * another algorithm. A version that lost or changed its secret does, and that is as much worth knowing. */
export async function judge(
  token: string,
  secrets: Secrets,
  now: number,
): Promise<Claims | "forged" | null> {
  const [head, body, signature, ...more] = token.split(".");
  if (!head || !body || signature === undefined || more.length > 0) return null;
  const algorithm = parse<{ alg?: unknown }>(head)?.alg;
  if (typeof algorithm === "string" && algorithm.toLowerCase() === "none") return "forged";
  // The algorithm is ours to choose: a token that names another is not one of ours.
  if (algorithm !== "HS256" || !signature) return null;
  const given = bytes(signature);
  const claims = parse<Claims>(body);
  if (!given || !claims) return null;
  const signed = new TextEncoder().encode(`${head}.${body}`);
  let genuine = false;
  for (const secret of typeof secrets === "string" ? [secrets] : secrets) {
    const key = await importKey(secret, "verify");
    genuine ||= await crypto.subtle.verify("HMAC", key, given, signed);
  }
  // A token that never ends is worth a leaked secret.
  if (typeof claims.exp !== "number" || claims.exp + SKEW_SECONDS < now) return null;
  if (typeof claims.nbf === "number" && claims.nbf - SKEW_SECONDS > now) return null;
  return genuine ? claims : "forged";
}

export async function sign(claims: Claims, secret: string): Promise<string> {
  const head = encode(JSON.stringify({ alg: "HS256", typ: "JWT" }));
  const body = encode(JSON.stringify(claims));
  const key = await importKey(secret, "sign");
  const signature = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(`${head}.${body}`),
  );
  return `${head}.${body}.${base64url(new Uint8Array(signature))}`;
}

/** What `judge` says of a request's `Authorization: Bearer` header; null without one. */
export async function authorized(
  request: Request,
  secrets: Secrets,
  now: number,
): Promise<Claims | "forged" | null> {
  const match = /^Bearer ([\w.-]+)$/.exec(request.headers.get("authorization") ?? "");
  return match?.[1] ? judge(match[1], secrets, now) : null;
}

function importKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, [usage]);
}

function encode(text: string): string {
  return base64url(new TextEncoder().encode(text));
}

function base64url(content: Uint8Array): string {
  const text = btoa(String.fromCharCode(...content));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function bytes(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function parse<T>(part: string): T | null {
  const content = bytes(part);
  if (!content) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(content));
    return typeof value === "object" && value !== null ? (value as T) : null;
  } catch {
    return null;
  }
}
