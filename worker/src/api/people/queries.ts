import type { PendingQuery, Sql, TransactionSql } from "postgres";

export interface PersonRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: "creator" | "investor" | "production";
  readonly createdAt: Date;
}

export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly password: string;
}

export type Credentials = PersonRow & { readonly password: string };

export interface SessionRow {
  readonly generation: number;
  readonly endedAt: Date | null;
  readonly expired: boolean;
}

export async function insertPerson(sql: TransactionSql, person: NewPerson): Promise<PersonRow | undefined> {
  const { email, name, role, password } = person;
  const [row] = await sql<PersonRow[]>`
    insert into people (email, name, role, password) values (${email}, ${name}, ${role}, ${password})
    on conflict ((lower(email))) do nothing
    returning id, email, name, role, created_at as "createdAt"`;
  return row;
}

export function credentials(sql: Sql, email: string): PendingQuery<Credentials[]> {
  return sql<Credentials[]>`
    select id, email, name, role, password, created_at as "createdAt" from people
    where lower(email) = lower(${email})`;
}

/** Only while the hash is still the one that was verified. */
export async function renewPassword(
  sql: TransactionSql,
  person: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await sql`update people set password = ${to} where id = ${person} and password = ${from}`;
}

export async function startSession(
  sql: TransactionSql,
  { id, person, seconds }: { readonly id: string; readonly person: string; readonly seconds: number },
): Promise<void> {
  await sql`
    insert into sessions (id, person_id, generation, expires_at)
    values (${id}, ${person}, 1, now() + ${seconds}::int * interval '1 second')`;
  await sql`delete from sessions where person_id = ${person} and expires_at < now()`;
}

/** The session, locked until the transaction ends, with whoever it belongs to. */
export async function lockSession(
  sql: TransactionSql,
  { session, person }: { readonly session: string; readonly person: string },
): Promise<(PersonRow & { readonly generation: number; readonly sinceSeconds: number }) | undefined> {
  const [row] = await sql<(PersonRow & { generation: number; sinceSeconds: number })[]>`
    select p.id, p.email, p.name, p.role, p.created_at as "createdAt", s.generation,
      extract(epoch from now() - coalesce(s.refreshed_at, s.created_at))::float8 as "sinceSeconds"
    from sessions s join people p on p.id = s.person_id
    where s.id = ${session} and s.person_id = ${person} and s.ended_at is null and s.expires_at > now()
    for update of s`;
  return row;
}

export async function advanceSession(
  sql: TransactionSql,
  { session, seconds }: { readonly session: string; readonly seconds: number },
): Promise<void> {
  await sql`
    update sessions set generation = generation + 1, refreshed_at = now(),
      expires_at = now() + ${seconds}::int * interval '1 second'
    where id = ${session}`;
}

export async function endSession(sql: TransactionSql, session: string): Promise<void> {
  await sql`update sessions set ended_at = now() where id = ${session} and ended_at is null`;
}
