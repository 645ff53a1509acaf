import type { PendingQuery, Sql, TransactionSql } from "postgres";
import type { NdaStatus, PitchStatus } from "../authorization";

export interface UploadRow {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly createdAt: Date;
}

/** A file, where it is, and what decides who may have it. */
export interface StoredRow extends UploadRow {
  readonly key: string;
  readonly creatorId: string;
  readonly status: PitchStatus;
  readonly ndaStatus: NdaStatus | null;
}

export interface NewUpload {
  readonly id: string;
  readonly pitch: string;
  readonly owner: string;
  readonly key: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Of one pitch: more cannot be added. */
export const MOST_UPLOADS = 50;

function columns(sql: Sql | TransactionSql) {
  return sql`u.id, u.name, u.content_type as "contentType", u.bytes::float8 as bytes,
    encode(u.sha256, 'hex') as sha256, u.created_at as "createdAt"`;
}

export function uploadsOf(sql: Sql | TransactionSql, pitch: string): PendingQuery<UploadRow[]> {
  return sql<UploadRow[]>`
    select ${columns(sql)} from uploads u where u.pitch_id = ${pitch}
    order by u.created_at desc, u.id limit ${MOST_UPLOADS}`;
}

export function countUploads(sql: Sql | TransactionSql, pitch: string): PendingQuery<{ count: number }[]> {
  return sql<{ count: number }[]>`select count(*)::int as count from uploads where pitch_id = ${pitch}`;
}

export function stored(sql: Sql, id: string, person: string): PendingQuery<StoredRow[]> {
  return sql<StoredRow[]>`
    select ${columns(sql)}, u.key, p.creator_id as "creatorId", p.status, n.status as "ndaStatus"
    from uploads u join pitches p on p.id = u.pitch_id
      left join ndas n on n.pitch_id = p.id and n.requester_id = ${person}
    where u.id = ${id}`;
}

export async function insertUpload(sql: TransactionSql, upload: NewUpload): Promise<UploadRow> {
  const { id, pitch, owner, key, name, contentType, bytes, sha256 } = upload;
  const [row] = await sql<UploadRow[]>`
    with u as (
      insert into uploads (id, pitch_id, owner_id, key, name, content_type, bytes, sha256)
      values (${id}, ${pitch}, ${owner}, ${key}, ${name}, ${contentType}, ${bytes}, decode(${sha256}, 'hex'))
      returning *
    )
    select ${columns(sql)} from u`;
  if (row === undefined) throw new Error("an insert gave no row");
  return row;
}
