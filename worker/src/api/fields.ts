/** Values that several routes take or give. */

import { z } from "@hono/zod-openapi";
import { MAX_LENGTH } from "./cursors";

// What Postgres cannot store, or nobody can show: NUL and control characters.
const UNTOLD = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f\\ufffe\\uffff";
const BREAKS = "\\t\\n\\r\\u2028\\u2029";
// What `trim` takes away, spelled out: what `\s` is depends on whose regular expressions are used.
const BLANKS = "\\t\\n\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const BLANKS_IN_A_LINE = " \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000\\ufeff";
const TEXT = new RegExp(`^[^${UNTOLD}]*$`);
const TEXT_THAT_SAYS_SOMETHING = new RegExp(`^[${BLANKS}]*[^${UNTOLD}${BLANKS}][^${UNTOLD}]*$`);
const LINE = new RegExp(`^[${BLANKS_IN_A_LINE}]*[^${UNTOLD}${BLANKS}][^${UNTOLD}${BREAKS}]*$`);

/** Text of at most so many characters, which is kept without the blanks around it: no control characters but line
 * breaks and tabs, no half of a surrogate pair, and, unless `least` is 0, more than blanks. */
export function text(most: number, { least = 1 }: { least?: 0 | 1 } = {}) {
  const said = least === 0 ? TEXT : TEXT_THAT_SAYS_SOMETHING;
  return written(said, most, "is nothing but blanks, or holds a control character").openapi({ minLength: least });
}

/** Text of one line. */
export function line(most: number) {
  const otherwise = "must be one line, more than blanks, without control characters";
  return written(LINE, most, otherwise).openapi({ minLength: 1 });
}

function written(pattern: RegExp, most: number, otherwise: string) {
  return characters(most)
    .regex(pattern, otherwise)
    .refine((value) => value.isWellFormed(), "holds half of a character")
    .trim();
}

/** Any text of at most so many characters. */
export function characters(most: number) {
  return z
    .string()
    .refine((value) => !isLonger(value, most), `must have ${most} characters or less`)
    .openapi({ maxLength: most });
}

/** Characters are counted as JSON Schema and Postgres do: one of two UTF-16 units is one. */
export function isLonger(value: string, most: number): boolean {
  return value.length > most && (value.length > 2 * most || [...value].length > most);
}

export const Id = z.guid().openapi({ format: "uuid" });
export const Time = z.iso.datetime({ precision: 3 });
export const RoleName = z.enum(["creator", "investor", "production"]).openapi("Role");
export const Limit = z
  .string()
  .regex(/^\d{1,3}$/, "a whole number")
  .transform(Number)
  .pipe(z.int().min(1).max(100))
  .openapi({ type: "integer", minimum: 1, maximum: 100 });
export const Cursor = z.string().min(1).max(MAX_LENGTH).regex(/^[\w-]+$/);
export const IdInPath = z.object({ id: Id });

/** A moment as the API writes it. */
export function time(at: Date): string {
  return at.toISOString();
}
