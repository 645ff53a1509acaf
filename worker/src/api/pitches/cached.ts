/** What everybody may see of pitches, by way of the cache; told apart by all that it depends on. */

import type { Freshness, Verdict } from "../../cache";
import type { PitchStatus } from "../authorization";
import { decode, page } from "../cursors";
import type { Services } from "../services";
import { found, newest, pitch, trending } from "./queries";
import type { PitchDetail, Pitches, Trending } from "./schemas";
import { publicOf, summaryOf } from "./telling";
import type { z } from "@hono/zod-openapi";

// Of what is kept: another shape needs other keys, as versions share the cache.
const SHAPE = "2";

type Answered<T> = Promise<{ value: T; verdict: Verdict }>;

export interface Wanted {
  readonly genre: string | null;
  readonly format: string | null;
  readonly words: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** Of every list of pitches. */
export const LISTS = "pitches";

export function tagOfPitch(id: string): string {
  return `pitch:${id}`;
}

/** What a change of the pitch makes old, by how it was shown before and is now. */
export function tagsOf(id: string, ...statuses: readonly PitchStatus[]): readonly string[] {
  // No list has what is not published; but somebody may have asked for its id.
  return statuses.includes("published") ? [LISTS, tagOfPitch(id)] : [tagOfPitch(id)];
}

/** Raises a problem (400) for a cursor of another list. */
export function listed({ database, caching }: Services, wanted: Wanted): Answered<z.infer<typeof Pitches>> {
  const { genre, format, words, cursor, limit } = wanted;
  const order = words === null ? "newest" : "rank";
  const listing = { genre, format, limit, after: cursor === null ? null : decode(order, cursor) };
  const kind: Freshness = words === null ? "list" : "search";
  // Of what the values mean, not of how they were written: one entry for each list.
  const key = `pitches:${SHAPE}:${JSON.stringify([genre, format, words, listing.after, limit])}`;
  return caching.answer({ key, tags: [LISTS], kind }, async () => {
    const rows = await database.read(
      (sql) => (words === null ? newest(sql, listing) : found(sql, words, listing)),
      FRESH,
    );
    const { rows: shown, next } = page(order, rows, limit);
    return { pitches: shown.map(summaryOf), next };
  });
}

export function inDemand({ database, caching }: Services, limit: number): Answered<z.infer<typeof Trending>> {
  return caching.answer({ key: `trending:${SHAPE}:${limit}`, tags: [LISTS], kind: "trending" }, async () => {
    const rows = await database.read((sql) => trending(sql, limit), FRESH);
    return { pitches: rows.map(summaryOf) };
  });
}

/** Null for a pitch that is not for everybody. */
export function published({ database, caching }: Services, id: string): Answered<PitchDetail | null> {
  return caching.answer({ key: `pitch:${SHAPE}:${id}`, tags: [tagOfPitch(id)], kind: "detail" }, async () => {
    const [row] = await database.read((sql) => pitch(sql, id), FRESH);
    return row?.status === "published" ? publicOf(row) : null;
  });
}

// What is kept until its tag is taken away must be read past any other cache.
const FRESH = { fresh: true } as const;
