/** Values that several routes take or give. */

import { z } from "@hono/zod-openapi";
import { MAX_LENGTH } from "./cursors";

/** Text that Postgres can store, and that can be shown: no NUL, no control characters but line breaks and tabs, no
 * half of a surrogate pair. Length in characters, after the blanks around it are gone. */
export function text(most: number, { least = 1 }: { least?: number } = {}) {
  return z
    .string()
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]*$/, "holds a control character")
    .refine((value) => value.isWellFormed(), "holds half of a character")
    .trim()
    .min(least)
    .max(most);
}

/** Text of one line. */
export function line(most: number) {
  return text(most).refine((value) => !/[\r\n\t\u2028\u2029]/.test(value), "must be one line");
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
