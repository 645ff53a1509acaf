import { expect, test } from "vitest";
import type { PendingQuery, Sql } from "postgres";
import type { Database } from "../database/database";
import { dated, readTogether } from "./together";

/** Writes down what would be sent, and is answered with `rows`. */
function setting(rows: object[][]) {
  const sent: string[] = [];
  const sql = ((texts: TemplateStringsArray, ...values: unknown[]) =>
    texts.reduce((all, text, index) => `${all}${values[index - 1]}${text}`)) as unknown as Sql;
  const read = async <R extends object>(query: (sql: Sql) => PendingQuery<R[]>) => {
    sent.push(String(query(sql)));
    return [{ rows }] as unknown as R[];
  };
  return { sent, database: { read } as Database };
}

test("several reads are one statement, and each has its own rows", async () => {
  const { sent, database } = setting([[{ id: "1" }, { id: "2" }], []]);
  const read = await readTogether(database, (sql) => ({
    own: sql<{ id: string }[]>`select id from own order by id`,
    sums: sql<{ sum: number }[]>`select sum(x) from sums`,
  }));
  expect(read).toEqual({ own: [{ id: "1" }, { id: "2" }], sums: [] });
  const part = (text: string) => `(select coalesce(json_agg(r), '[]') from (${text}) r)`;
  const parts = [part("select id from own order by id"), part("select sum(x) from sums")];
  expect(sent).toEqual([`select json_build_array(${parts.join(", ")}) as rows`]);
});

test("what is a moment by its column's name is one again, and nothing else", () => {
  const row = { id: "1", updatedAt: "2026-11-30T08:15:00.123456+00:00", answeredAt: null, at: "17", At: "x", views: 3 };
  expect(dated([row])).toEqual([{ ...row, updatedAt: new Date("2026-11-30T08:15:00.123Z") }]);
  expect(dated([])).toEqual([]);
});
