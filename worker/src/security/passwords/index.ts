/** Passwords are kept as scrypt hashes, in the PHC string format: `$scrypt$ln=15,r=8,p=3$salt$hash`.
 *
 * The parameters are of OWASP's list of equally strong ones; those of fewer passes need 64 or 128 MB, and an isolate
 * has 128 MB for all that it does:
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 */

import { COMMONEST } from "./commonest";

export const FEWEST_CHARACTERS = 8;
export const MOST_CHARACTERS = 256;

export interface Cost {
  /** log2 of scrypt's N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export const COST: Cost = { ln: 15, r: 8, p: 3 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
// Of a hash that is read: what is beyond would let whoever can write a row take an isolate's memory and time.
const HIGHEST: Cost = { ln: 16, r: 8, p: 8 };
const PHC = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43})$/;

export interface Checked {
  readonly right: boolean;
  /** The hash to keep from now on, where the one that is kept was made at a lower cost than today's. */
  readonly renewed: string | null;
}

/** Why a new password is refused, in words for who chose it; null when it is not. What it is made of is up to them. */
export function passwordFault(password: string): string | null {
  const characters = [...password].length;
  if (characters < FEWEST_CHARACTERS) return `must have ${FEWEST_CHARACTERS} characters or more`;
  if (characters > MOST_CHARACTERS) return `must have ${MOST_CHARACTERS} characters or less`;
  if (COMMONEST.has(password.toLowerCase())) return "is one of the commonest passwords; choose another";
  return null;
}

export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const { ln, r, p } = cost;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${base64(salt)}$${base64(await derive(password, salt, cost))}`;
}

/** `kept` is null for a person who does not exist: that takes as long as a wrong password, so that nobody learns who
 * does. */
export async function checkPassword(password: string, kept: string | null): Promise<Checked> {
  const wrong = { right: false, renewed: null };
  // Not even hashed: nobody's password is that long.
  if ([...password].length > MOST_CHARACTERS) return wrong;
  const known = kept === null ? null : read(kept);
  const { salt, hash, cost } = known ?? NOBODY;
  const derived = await derive(password, salt, cost);
  const { timingSafeEqual } = await import("node:crypto");
  if (!timingSafeEqual(derived, hash) || known === null) return wrong;
  return { right: true, renewed: isLower(cost) ? await hashPassword(password) : null };
}

interface Kept {
  readonly cost: Cost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

const NOBODY: Kept = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

function read(text: string): Kept | null {
  const [, ln, r, p, salt = "", hash = ""] = PHC.exec(text) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const isSound = cost.ln >= 1 && cost.r >= 1 && cost.p >= 1;
  if (!isSound || cost.ln > HIGHEST.ln || cost.r > HIGHEST.r || cost.p > HIGHEST.p) return null;
  try {
    return { cost, salt: bytes(salt), hash: bytes(hash) };
  } catch {
    return null;
  }
}

function isLower({ ln, r, p }: Cost): boolean {
  // Memory first: passes do not make up for it.
  return 2 ** ln * r < 2 ** COST.ln * COST.r || 2 ** ln * r * p < 2 ** COST.ln * COST.r * COST.p;
}

async function derive(password: string, salt: Uint8Array, { ln, r, p }: Cost): Promise<Uint8Array> {
  // Loaded when it is needed: a Worker whose settings lack `nodejs_compat` still serves everything else.
  const { scrypt } = await import("node:crypto");
  // The same password typed on another keyboard may come in other code points.
  const secret = new TextEncoder().encode(password.normalize("NFKC"));
  const options = { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function base64(content: Uint8Array): string {
  return btoa(String.fromCharCode(...content)).replace(/=+$/, "");
}

function bytes(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
