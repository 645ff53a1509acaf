/** Where a list goes on: the sort key of the last row that was shown, and its id. Opaque to clients, and worth no
 * signature: another cursor only shows other rows of the same list, which are as public. */

import { z } from "@hono/zod-openapi";
import { ProblemError } from "./problems";

/** The order that a cursor belongs to. */
export type Order = "newest" | "rank" | "requested";

export interface Position {
  /** Microseconds since 1970 (`newest`, `requested`), or the rank as Postgres prints it. */
  readonly at: string;
  readonly id: string;
}

export const MAX_LENGTH = 200;

const MICROSECONDS = z.string().regex(/^\d{1,16}$/);
const RANK = z.string().regex(/^\d(?:\.\d{1,20})?(?:e-\d{1,2})?$/);
const SHAPES = {
  newest: z.tuple([z.literal("newest"), MICROSECONDS, z.guid()]),
  requested: z.tuple([z.literal("requested"), MICROSECONDS, z.guid()]),
  rank: z.tuple([z.literal("rank"), RANK, z.guid()]),
} as const;

export function encode(order: Order, { at, id }: Position): string {
  return btoa(JSON.stringify([order, at, id])).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Raises a problem (400) when the cursor is none of this order. */
export function decode(order: Order, cursor: string): Position {
  const read = SHAPES[order].safeParse(parse(cursor));
  if (!read.success) throw new ProblemError(400, "cursor: not one that this list gave");
  const [, at, id] = read.data;
  return { at, id };
}

function parse(cursor: string): unknown {
  if (cursor.length > MAX_LENGTH) return null;
  try {
    return JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
}

/** The rows of one page out of `limit + 1` rows, and the cursor of the next page. */
export function page<R extends Position>(
  order: Order,
  rows: readonly R[],
  limit: number,
): { readonly rows: readonly R[]; readonly next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? encode(order, last) : null };
}
