/** Pitches: what everybody sees, and what an NDA opens. */

import { z } from "@hono/zod-openapi";
import { Cursor, Id, isLonger, Limit, line, text, Time } from "../fields";
import { NdaStatusName } from "../ndas/schemas";
import { Upload } from "../uploads/schemas";

export const DEFAULT_LIMIT = 20;
export const FormatName = z.enum(["feature", "series", "short", "documentary"]).openapi("Format");
export const PitchStatusName = z.enum(["draft", "published", "archived"]).openapi("PitchStatus");
const LONGEST_GENRE = 40;
/** Kept in small letters, so that a genre is one; a few of them take more room than the large ones. */
export const Genre = line(LONGEST_GENRE)
  .toLowerCase()
  .refine((genre) => !isLonger(genre, LONGEST_GENRE), `must have ${LONGEST_GENRE} characters or less in small letters`);
const Budget = z.int().min(0).max(1_000_000_000);

const FIELDS = {
  title: line(160),
  logline: line(400),
  genre: Genre,
  format: FormatName,
  budget: Budget.openapi({ description: "Whole US dollars" }),
  synopsis: text(20_000, { least: 0 }),
} as const;

export const NewPitch = z
  .strictObject({
    ...FIELDS,
    synopsis: FIELDS.synopsis.default(""),
    status: z.enum(["draft", "published"]).default("draft"),
  })
  .openapi("NewPitch");

export const PitchChange = z
  .strictObject({ ...FIELDS, status: PitchStatusName })
  .partial()
  .refine((change) => Object.keys(change).length > 0, "changes nothing")
  .openapi("PitchChange", { minProperties: 1 });

const PUBLIC = {
  id: Id,
  title: z.string(),
  logline: z.string(),
  genre: z.string(),
  format: FormatName,
  budget: Budget,
  views: z.int().min(0),
  publishedAt: Time.nullable(),
  creator: z.object({ id: Id, name: z.string() }),
} as const;

export const PitchSummary = z.object(PUBLIC).openapi("PitchSummary");

export const Pitch = z
  .object({
    ...PUBLIC,
    status: PitchStatusName,
    revision: z.int().min(1),
    createdAt: Time,
    updatedAt: Time,
    /** What the caller has asked for; null for who has not, or is not signed in. */
    nda: z.object({ id: Id, status: NdaStatusName }).nullable(),
    /** Whether the caller has saved it; false for who is not signed in. */
    saved: z.boolean(),
    /** For its creator, and for whom an NDA was granted. */
    whole: z.object({ synopsis: z.string(), uploads: z.array(Upload) }).nullable(),
  })
  .openapi("Pitch");

export const Pitches = z
  .object({ pitches: z.array(PitchSummary), next: z.string().nullable() })
  .openapi("Pitches");

export const Trending = z.object({ pitches: z.array(PitchSummary) }).openapi("Trending");

export const Listed = z.strictObject({
  genre: Genre.optional(),
  format: FormatName.optional(),
  q: line(200).optional(),
  cursor: Cursor.optional(),
  limit: Limit.optional(),
});

export const InDemand = z.strictObject({ limit: Limit.optional() });

export type Summary = z.infer<typeof PitchSummary>;
export type PitchDetail = z.infer<typeof Pitch>;
