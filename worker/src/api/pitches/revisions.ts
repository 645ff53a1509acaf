/** A pitch's revision as an entity tag, by which a change says what it was made from (RFC 9110, 13.1.1). */

import { z } from "@hono/zod-openapi";
import { ProblemError } from "../problems";

// Weak, too: whatever compresses an answer on its way makes its tag weak.
const TAG = /^(?:W\/)?"r(\d{1,9})"$/;

/** Needed, but one that is missing is told so in words of its own (428), and one that fits nothing is 412. */
export const IfMatch = z
  .string()
  .max(200)
  .optional()
  .openapi({ pattern: '^(\\*|(W/)?"r[0-9]{1,9}")$', param: { name: "if-match", in: "header", required: true } });

export function tagOf(revision: number): string {
  return `"r${revision}"`;
}

/** Raises a problem (428 without `If-Match`, 412 when it names another revision). */
export function requireRevision(ifMatch: string | undefined, revision: number): void {
  if (ifMatch === undefined) {
    throw new ProblemError(428, "say in If-Match which revision the change was made from: the ETag of the pitch");
  }
  if (ifMatch.trim() === "*") return;
  const named = ifMatch.split(",").map((tag) => TAG.exec(tag.trim())?.[1]);
  if (!named.includes(String(revision))) {
    throw new ProblemError(412, "the pitch was changed in the meantime: read it again", { etag: tagOf(revision) });
  }
}
