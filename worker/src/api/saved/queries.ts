import type { TransactionSql } from "postgres";

/** False when there is no such pitch for everybody. */
export async function save(sql: TransactionSql, person: string, pitch: string): Promise<boolean> {
  const [row] = await sql<{ there: boolean }[]>`
    with p as (select id from pitches where id = ${pitch} and status = 'published'),
      made as (
        insert into saved_pitches (person_id, pitch_id) select ${person}::uuid, id from p
        on conflict do nothing
      )
    select exists (select from p) as there`;
  return row?.there === true;
}

export async function forget(sql: TransactionSql, person: string, pitch: string): Promise<void> {
  await sql`delete from saved_pitches where person_id = ${person} and pitch_id = ${pitch}`;
}
