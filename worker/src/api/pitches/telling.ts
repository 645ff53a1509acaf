/** Rows as the API tells them. */

import { time } from "../fields";
import type { PitchRow, SummaryRow } from "./queries";
import type { PitchDetail, Summary } from "./schemas";

export function summaryOf(row: SummaryRow): Summary {
  const { id, title, logline, genre, format, budget, views, publishedAt, creatorId, creatorName } = row;
  return {
    ...{ id, title, logline, genre, format, budget, views },
    publishedAt: publishedAt === null ? null : time(publishedAt),
    creator: { id: creatorId, name: creatorName },
  };
}

/** As everybody sees it. */
export function publicOf(row: PitchRow): PitchDetail {
  const { status, revision, createdAt, updatedAt } = row;
  return {
    ...summaryOf(row),
    ...{ status, revision, createdAt: time(createdAt), updatedAt: time(updatedAt) },
    nda: null,
    saved: false,
    whole: null,
  };
}
