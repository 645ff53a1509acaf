import type { PendingQuery, Sql, TransactionSql } from "postgres";
import type { NdaStatus, PitchStatus } from "../authorization";
import type { Position } from "../cursors";

export interface SummaryRow {
  readonly id: string;
  readonly title: string;
  readonly logline: string;
  readonly genre: string;
  readonly format: "feature" | "series" | "short" | "documentary";
  readonly budget: number;
  readonly views: number;
  readonly publishedAt: Date | null;
  readonly creatorId: string;
  readonly creatorName: string;
}

export interface PitchRow extends SummaryRow {
  readonly status: PitchStatus;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface Owned {
  readonly creatorId: string;
  readonly status: PitchStatus;
  readonly revision: number;
}

/** What one person is told beyond what everybody is. */
export interface InsideRow {
  readonly synopsis: string;
  readonly ndaId: string | null;
  readonly ndaStatus: NdaStatus | null;
  readonly saved: boolean;
}

export interface Listing {
  readonly genre: string | null;
  readonly format: string | null;
  readonly after: Position | null;
  readonly limit: number;
}

export interface Values {
  readonly title: string;
  readonly logline: string;
  readonly genre: string;
  readonly format: string;
  readonly budget: number;
  readonly synopsis: string;
  readonly status: PitchStatus;
}

/** What is left out stays as it is. */
export type Changes = { readonly [K in keyof Values]?: Values[K] | undefined };

type Asking = Sql | TransactionSql;
export type Placed<R> = R & { readonly at: string };

/** Columns of a summary; budgets and counts fit a double exactly. */
export function summary(sql: Asking) {
  return sql`p.id, p.title, p.logline, p.genre, p.format, p.budget::float8 as budget, p.views::float8 as views,
    p.published_at as "publishedAt", p.creator_id as "creatorId", c.name as "creatorName"`;
}

function detail(sql: Asking) {
  return sql`${summary(sql)}, p.status, p.revision, p.created_at as "createdAt", p.updated_at as "updatedAt"`;
}

function matching(sql: Sql, { genre, format }: Listing) {
  return sql`p.status = 'published'
    ${genre === null ? sql`` : sql`and p.genre = ${genre}`}
    ${format === null ? sql`` : sql`and p.format = ${format}`}`;
}

/** One more than `limit`, newest first. */
export function newest(sql: Sql, listing: Listing): PendingQuery<Placed<SummaryRow>[]> {
  const { after, limit } = listing;
  return sql<Placed<SummaryRow>[]>`
    select ${summary(sql)}, (extract(epoch from p.published_at) * 1000000)::bigint::text as at
    from pitches p join people c on c.id = p.creator_id
    where ${matching(sql, listing)}
      ${after === null ? sql`` : sql`and (p.published_at, p.id) < (${moment(sql, after.at)}, ${after.id}::uuid)`}
    order by p.published_at desc, p.id desc
    limit ${limit + 1}`;
}

/** One more than `limit` of those that hold the words, best first. */
export function found(sql: Sql, words: string, listing: Listing): PendingQuery<Placed<SummaryRow>[]> {
  const { after, limit } = listing;
  return sql<Placed<SummaryRow>[]>`
    select ${summary(sql)}, p.rank::text as at
    from (
      select p.*, ts_rank(p.words, asked)::float8 as rank
      from pitches p, websearch_to_tsquery('english', ${words}) asked
      where p.words @@ asked and ${matching(sql, listing)}
    ) p join people c on c.id = p.creator_id
    ${after === null ? sql`` : sql`where (p.rank, p.id) < (${after.at}::text::float8, ${after.id}::uuid)`}
    order by p.rank desc, p.id desc
    limit ${limit + 1}`;
}

/** Views count less as a pitch grows older: by half after about a day, to a thirtieth after a month. Of the most seen
 * (which an index gives) the best are taken. */
export function trending(sql: Sql, limit: number): PendingQuery<SummaryRow[]> {
  return sql<SummaryRow[]>`
    select ${summary(sql)}
    from (
      select * from pitches where status = 'published' order by views desc, id limit 500
    ) p join people c on c.id = p.creator_id
    order by p.views / (1 + extract(epoch from now() - p.published_at) / 86400) desc, p.id
    limit ${limit}`;
}

export function pitch(sql: Sql, id: string): PendingQuery<PitchRow[]> {
  return sql<PitchRow[]>`
    select ${detail(sql)} from pitches p join people c on c.id = p.creator_id where p.id = ${id}`;
}

export function inside(sql: Sql, id: string, person: string): PendingQuery<InsideRow[]> {
  return sql<InsideRow[]>`
    select p.synopsis, n.id as "ndaId", n.status as "ndaStatus",
      exists (select from saved_pitches s where s.pitch_id = p.id and s.person_id = ${person}) as saved
    from pitches p left join ndas n on n.pitch_id = p.id and n.requester_id = ${person}
    where p.id = ${id}`;
}

/** Whose the pitch is, locked until the transaction ends. */
export async function lockPitch(sql: TransactionSql, id: string): Promise<Owned | undefined> {
  const [row] = await sql<Owned[]>`
    select creator_id as "creatorId", status, revision from pitches where id = ${id} for update`;
  return row;
}

export function owned(sql: Sql, id: string): PendingQuery<Owned[]> {
  return sql<Owned[]>`select creator_id as "creatorId", status, revision from pitches where id = ${id}`;
}

export async function insertPitch(
  sql: TransactionSql,
  creator: string,
  values: Values,
): Promise<PitchRow> {
  const { title, logline, genre, format, budget, synopsis, status } = values;
  const [row] = await sql<PitchRow[]>`
    with p as (
      insert into pitches (creator_id, title, logline, genre, format, budget, synopsis, status, published_at)
      values (${creator}, ${title}, ${logline}, ${genre}, ${format}, ${budget}, ${synopsis}, ${status}::text,
        case when ${status}::text = 'draft' then null else now() end)
      returning *
    )
    select ${detail(sql)} from p join people c on c.id = p.creator_id`;
  if (row === undefined) throw new Error("an insert gave no row");
  return row;
}

/** The pitch after the change. Once published it stays in its place, whatever becomes of it. */
export async function updatePitch(
  sql: TransactionSql,
  id: string,
  values: Changes,
): Promise<PitchRow & { readonly synopsis: string }> {
  const { title, logline, genre, format, budget, synopsis, status } = values;
  const [row] = await sql<(PitchRow & { synopsis: string })[]>`
    with p as (
      update pitches set
        title = coalesce(${title ?? null}::text, title),
        logline = coalesce(${logline ?? null}::text, logline),
        genre = coalesce(${genre ?? null}::text, genre),
        format = coalesce(${format ?? null}::text, format),
        budget = coalesce(${budget ?? null}::bigint, budget),
        synopsis = coalesce(${synopsis ?? null}::text, synopsis),
        status = coalesce(${status ?? null}::text, status),
        published_at = case when coalesce(${status ?? null}::text, status) = 'draft' then published_at
          else coalesce(published_at, now()) end,
        revision = revision + 1,
        updated_at = now()
      where id = ${id}
      returning *
    )
    select ${detail(sql)}, p.synopsis from p join people c on c.id = p.creator_id`;
  if (row === undefined) throw new Error("an update gave no row");
  return row;
}

export async function addViews(sql: TransactionSql, views: Readonly<Record<string, number>>): Promise<void> {
  await sql`
    update pitches p set views = p.views + seen.value::bigint
    from jsonb_each_text(${JSON.stringify(views)}::text::jsonb) seen
    where p.id = seen.key::uuid`;
}

function moment(sql: Sql, microseconds: string) {
  return sql`timestamptz 'epoch' + ${microseconds}::text::float8 * interval '1 microsecond'`;
}
