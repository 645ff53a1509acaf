/** JSON Web Tokens signed with HS256 (RFC 7515, 7519), read as RFC 8725 advises: the algorithm is ours to choose. */

import { parseStrictly } from "../strict-json";
import { decode, encode } from "./base64url";
import type { Key, Keys } from "./keys";

/** Longer than any token of ours. */
export const LONGEST_TOKEN = 4096;
const SIGNATURE_BYTES = 32;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `unsigned`: an attempt, not an accident. */
export type Unread = "malformed" | "unsigned";

export type Payload = Readonly<Record<string, unknown>>;

export async function sign(payload: Payload, key: Key): Promise<string> {
  const text = new TextEncoder();
  const head = encode(text.encode(JSON.stringify({ alg: "HS256", typ: "JWT", kid: key.id })));
  const body = encode(text.encode(JSON.stringify(payload)));
  const signature = await crypto.subtle.sign("HMAC", key.hmac, text.encode(`${head}.${body}`));
  return `${head}.${body}.${encode(new Uint8Array(signature))}`;
}

export interface Verified {
  readonly payload: Payload;
  /** Whether one of the keys signed it: until then it says nothing. */
  readonly genuine: boolean;
}

/** What the token says, and whether one of the keys signed it: if it names its key, that one. */
export async function verify(token: string, keys: Keys): Promise<Verified | Unread> {
  if (token.length > LONGEST_TOKEN) return "malformed";
  const [head, body, signature, ...more] = token.split(".");
  if (!head || !body || signature === undefined || more.length > 0) return "malformed";
  const header = parse(head);
  if (header === null) return "malformed";
  const { alg, typ, kid } = header;
  if (typeof alg === "string" && alg.toLowerCase() === "none") return "unsigned";
  // Keys and how they are used are ours to know: whatever else a header brings along (jwk, jku, x5c, crit) is refused.
  const foreign = Object.keys(header).some((name) => name !== "alg" && name !== "typ" && name !== "kid");
  if (alg !== "HS256" || foreign) return "malformed";
  if (typ !== "JWT" || (kid !== undefined && typeof kid !== "string")) return "malformed";
  const given = decode(signature);
  const payload = parse(body);
  if (given?.length !== SIGNATURE_BYTES || payload === null) return "malformed";
  const signed = new TextEncoder().encode(`${head}.${body}`);
  for (const key of keys.accepted) {
    if (kid !== undefined && kid !== key.id) continue;
    if (await crypto.subtle.verify("HMAC", key.hmac, given, signed)) return { payload, genuine: true };
  }
  return { payload, genuine: false };
}

function parse(part: string): Payload | null {
  const content = decode(part);
  if (content === null) return null;
  try {
    const value = parseStrictly(UTF8.decode(content));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Payload) : null;
  } catch {
    return null;
  }
}
