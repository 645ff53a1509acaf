/** Validators: RFC 9110, 8.8 and 13.1. */

const BYTES = 16;

/** Weak, as the body may be sent in another coding. */
export async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body)).subarray(0, BYTES);
  const text = btoa(String.fromCharCode(...hash)).replaceAll("+", "-").replaceAll("/", "_");
  return `W/"${text.replace(/=+$/, "")}"`;
}

/** Whether the client has it already, by its `If-None-Match`. */
export function isUnchanged(condition: string | null, etag: string): boolean {
  if (condition === null) return false;
  if (condition.trim() === "*") return true;
  const plain = etag.replace(/^W\//, "");
  return [...condition.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === plain);
}
