/** Base64url without padding (RFC 7515, appendix C), in its one canonical form. */

const ALPHABET = /^[\w-]*$/;

export function encode(content: Uint8Array): string {
  const text = btoa(String.fromCharCode(...content));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Null for what is not what `encode` writes: padding, another alphabet, bits left over at the end. */
export function decode(text: string): Uint8Array<ArrayBuffer> | null {
  if (!ALPHABET.test(text)) return null;
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const content = Uint8Array.from(plain, (character) => character.charCodeAt(0));
    return encode(content) === text ? content : null;
  } catch {
    return null;
  }
}
