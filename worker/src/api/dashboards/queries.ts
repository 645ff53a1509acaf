import type { PendingQuery, Sql } from "postgres";
import type { PitchStatus } from "../authorization";
import { type SummaryRow, summary } from "../pitches/queries";

export const SHOWN = 50;

export interface OwnRow extends SummaryRow {
  readonly status: PitchStatus;
  readonly revision: number;
  readonly updatedAt: Date;
  readonly saved: number;
}

export interface TotalsRow {
  readonly drafts: number;
  readonly published: number;
  readonly archived: number;
  readonly views: number;
  readonly saved: number;
}

export interface CountsRow {
  readonly requested: number;
  readonly granted: number;
  readonly refused: number;
}

export type SavedRow = SummaryRow & { readonly savedAt: Date };

export function ownPitches(sql: Sql, creator: string): PendingQuery<OwnRow[]> {
  return sql<OwnRow[]>`
    select ${summary(sql)}, p.status, p.revision, p.updated_at as "updatedAt",
      (select count(*) from saved_pitches s where s.pitch_id = p.id)::int as saved
    from pitches p join people c on c.id = p.creator_id
    where p.creator_id = ${creator}
    order by p.updated_at desc, p.id limit ${SHOWN}`;
}

export function totals(sql: Sql, creator: string): PendingQuery<TotalsRow[]> {
  return sql<TotalsRow[]>`
    select count(*) filter (where status = 'draft')::int as drafts,
      count(*) filter (where status = 'published')::int as published,
      count(*) filter (where status = 'archived')::int as archived,
      coalesce(sum(views), 0)::float8 as views,
      (select count(*) from saved_pitches s join pitches o on o.id = s.pitch_id
        where o.creator_id = ${creator})::int as saved
    from pitches where creator_id = ${creator}`;
}

export function ndaCounts(sql: Sql, side: "creator" | "requester", person: string): PendingQuery<CountsRow[]> {
  return sql<CountsRow[]>`
    select count(*) filter (where n.status = 'requested')::int as requested,
      count(*) filter (where n.status = 'granted')::int as granted,
      count(*) filter (where n.status = 'refused')::int as refused
    from ndas n join pitches p on p.id = n.pitch_id
    where ${side === "creator" ? sql`p.creator_id = ${person}` : sql`n.requester_id = ${person}`}`;
}

/** Of those that everybody still sees. */
export function savedPitches(sql: Sql, person: string): PendingQuery<SavedRow[]> {
  return sql<SavedRow[]>`
    select ${summary(sql)}, s.saved_at as "savedAt"
    from saved_pitches s join pitches p on p.id = s.pitch_id join people c on c.id = p.creator_id
    where s.person_id = ${person} and p.status = 'published'
    order by s.saved_at desc, p.id limit ${SHOWN}`;
}

export function openedPitches(sql: Sql, person: string): PendingQuery<SummaryRow[]> {
  return sql<SummaryRow[]>`
    select ${summary(sql)}
    from ndas n join pitches p on p.id = n.pitch_id join people c on c.id = p.creator_id
    where n.requester_id = ${person} and n.status = 'granted' and p.status = 'published'
    order by n.answered_at desc, p.id limit ${SHOWN}`;
}
