import { expect, test } from "vitest";
import { SlowQueries } from "./slow";

const ASKED = { text: "select *\n  from people\n where email = $1", milliseconds: 250.4, rows: 1, route: "direct" };

test("a slow query is told without its values, in one line", () => {
  const queries = new SlowQueries();
  const line = queries.line(ASKED, 0) ?? "";
  expect(JSON.parse(line)).toEqual({
    slowQuery: "select * from people where email = $1",
    milliseconds: 250,
    rows: 1,
    route: "direct",
    unsaid: 0,
  });
  expect(line).not.toContain("\n");
  expect(queries.line({ ...ASKED, milliseconds: 199 }, 0)).toBeNull();
});

test("a few are told in a second, and how many were not", () => {
  const queries = new SlowQueries();
  const lines = Array.from({ length: 100 }, () => queries.line(ASKED, 0));
  expect(lines.filter((line) => line !== null)).toHaveLength(5);
  expect(queries.line(ASKED, 999)).toBeNull();
  expect(JSON.parse(queries.line(ASKED, 1000) ?? "")).toMatchObject({ unsaid: 96 });
  expect(JSON.parse(queries.line(ASKED, 1001) ?? "")).toMatchObject({ unsaid: 0 });
});
