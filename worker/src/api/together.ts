/** Several reads in one statement, which gives the others' rows as JSON: one connection and one round trip for all of
 * them, and what they tell was true at one moment. */

import type { PendingQuery, Row, Sql } from "postgres";
import type { Database } from "../database/database";

/** Queries by a name of the caller's. */
export type Parts = Readonly<Record<string, Promise<readonly object[]>>>;
type RowsOf<P extends Parts> = { [K in keyof P]: Awaited<P[K]> extends readonly (infer R)[] ? R[] : never };

const MOMENT = /[a-z]At$/;

/** Each part's rows in their order, past every cache. A moment is to be in a column whose name ends in `At`. Raises
 * DatabaseUnavailableError. */
export async function readTogether<P extends Parts>(database: Database, make: (sql: Sql) => P): Promise<RowsOf<P>> {
  let names: string[] = [];
  const ask = (sql: Sql): PendingQuery<{ rows: unknown[][] }[]> => {
    const parts = Object.entries(make(sql));
    names = parts.map(([name]) => name);
    const rows = parts.map(([, part]) => {
      return sql`(select coalesce(json_agg(r), '[]') from (${part as PendingQuery<Row[]>}) r)`;
    });
    const listed = rows.reduce((all, one) => sql`${all}, ${one}`);
    return sql<{ rows: unknown[][] }[]>`select json_build_array(${listed}) as rows`;
  };
  const [told] = await database.read(ask, { fresh: true });
  return Object.fromEntries(names.map((name, index) => [name, dated(told?.rows[index] ?? [])])) as RowsOf<P>;
}

/** JSON has no moments: they are texts there. */
export function dated(rows: readonly unknown[]): object[] {
  return rows.map((row) => {
    const columns = Object.entries(row as object).map(([name, value]) => {
      const isMoment = MOMENT.test(name) && typeof value === "string";
      return [name, isMoment ? new Date(value) : value];
    });
    return Object.fromEntries(columns) as object;
  });
}
