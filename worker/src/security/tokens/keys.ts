/** The keys that tokens are signed and verified with.
 *
 * Two keys verify, one signs. A rotation that signs nobody out, whichever version serves and whichever is put back:
 *
 * 1. deploy with the new key as JWT_SECRET_PREVIOUS: every version that may serve from now on takes what it signs;
 * 2. deploy with both exchanged: the new key signs, the old one still verifies;
 * 3. when the last refresh token of the old key has expired (30 days), deploy without it.
 */

import type { Env } from "../../env";

const FEWEST_BYTES = 32;
const ID_BYTES = 8;

export interface Key {
  /** The first 8 bytes of the key's SHA-256, in hex: tells keys apart, and nothing of them. */
  readonly id: string;
  readonly hmac: CryptoKey;
}

export interface Keys {
  /** Signs, and verifies. */
  readonly current: Key;
  /** All that verify, the current one first. */
  readonly accepted: readonly Key[];
}

export class WeakKeyError extends Error {
  override name = "WeakKeyError";
}

// Keys are imported once in each isolate; a version has its two for as long as it lives.
const imported = new Map<string, Promise<Key>>();
const MOST_IMPORTED = 8;

/** Raises `WeakKeyError` for a key of less than 256 bits. */
export async function keysOf(env: Pick<Env, "JWT_SECRET" | "JWT_SECRET_PREVIOUS">): Promise<Keys> {
  const { JWT_SECRET: secret, JWT_SECRET_PREVIOUS: previous } = env;
  const current = await keyOf(secret);
  if (!previous || previous === secret) return { current, accepted: [current] };
  return { current, accepted: [current, await keyOf(previous)] };
}

function keyOf(secret: string): Promise<Key> {
  const known = imported.get(secret);
  if (known !== undefined) return known;
  const made = importKey(secret);
  if (imported.size >= MOST_IMPORTED) imported.clear();
  imported.set(secret, made);
  return made;
}

async function importKey(secret: string): Promise<Key> {
  const content = new TextEncoder().encode(secret ?? "");
  if (content.length < FEWEST_BYTES) throw new WeakKeyError(`a key has ${8 * FEWEST_BYTES} bits or more`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const id = Array.from(digest.subarray(0, ID_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return { id, hmac: await crypto.subtle.importKey("raw", content, algorithm, false, ["sign", "verify"]) };
}
