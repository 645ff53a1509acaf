import type { PendingQuery, Sql, TransactionSql } from "postgres";
import type { NdaStatus } from "../authorization";
import type { Position } from "../cursors";

export interface NdaRow {
  readonly id: string;
  readonly pitchId: string;
  readonly pitchTitle: string;
  readonly requesterId: string;
  readonly requesterName: string;
  readonly requesterRole: "creator" | "investor" | "production";
  readonly message: string;
  readonly status: NdaStatus;
  readonly requestedAt: Date;
  readonly answeredAt: Date | null;
}

export type PlacedNda = NdaRow & { readonly at: string };

export interface NdaListing {
  readonly status: NdaStatus | null;
  readonly after: Position | null;
  readonly limit: number;
}

/** Between whom an NDA is. */
export interface Parties {
  readonly creatorId: string;
  readonly requesterId: string;
}

function columns(sql: Sql | TransactionSql) {
  return sql`n.id, n.pitch_id as "pitchId", p.title as "pitchTitle", n.requester_id as "requesterId",
    r.name as "requesterName", r.role as "requesterRole", n.message, n.status,
    n.requested_at as "requestedAt", n.answered_at as "answeredAt"`;
}

/** What a person has asked for, or has been asked for: one more than `limit`, newest first. */
export function ndasOf(
  sql: Sql,
  side: "creator" | "requester",
  person: string,
  listing: NdaListing,
): PendingQuery<PlacedNda[]> {
  const { status, after, limit } = listing;
  return sql<PlacedNda[]>`
    select ${columns(sql)}, (extract(epoch from n.requested_at) * 1000000)::bigint::text as at
    from ndas n join pitches p on p.id = n.pitch_id join people r on r.id = n.requester_id
    where ${side === "creator" ? sql`p.creator_id = ${person}` : sql`n.requester_id = ${person}`}
      ${status === null ? sql`` : sql`and n.status = ${status}`}
      ${after === null ? sql`` : sql`and (n.requested_at, n.id) <
        (timestamptz 'epoch' + ${after.at}::text::float8 * interval '1 microsecond', ${after.id}::uuid)`}
    order by n.requested_at desc, n.id desc
    limit ${limit + 1}`;
}

/** The request; the one that is there already when it was asked for before (`isNew` says which). */
export async function requestNda(
  sql: TransactionSql,
  { pitch, requester, message }: { readonly pitch: string; readonly requester: string; readonly message: string },
): Promise<{ readonly row: NdaRow; readonly isNew: boolean }> {
  const made = await sql`
    insert into ndas (pitch_id, requester_id, message) values (${pitch}, ${requester}, ${message})
    on conflict (pitch_id, requester_id) do nothing returning id`;
  const [row] = await sql<NdaRow[]>`
    select ${columns(sql)}
    from ndas n join pitches p on p.id = n.pitch_id join people r on r.id = n.requester_id
    where n.pitch_id = ${pitch} and n.requester_id = ${requester}`;
  if (row === undefined) throw new Error("an insert gave no row");
  return { row, isNew: made.length > 0 };
}

export async function lockNda(sql: TransactionSql, id: string): Promise<Parties | undefined> {
  const [row] = await sql<Parties[]>`
    select p.creator_id as "creatorId", n.requester_id as "requesterId"
    from ndas n join pitches p on p.id = n.pitch_id where n.id = ${id} for update of n`;
  return row;
}

export async function answerNda(sql: TransactionSql, id: string, status: NdaStatus): Promise<NdaRow> {
  await sql`update ndas set status = ${status}, answered_at = now() where id = ${id} and status <> ${status}::text`;
  const [row] = await sql<NdaRow[]>`
    select ${columns(sql)}
    from ndas n join pitches p on p.id = n.pitch_id join people r on r.id = n.requester_id
    where n.id = ${id}`;
  if (row === undefined) throw new Error("an update gave no row");
  return row;
}
