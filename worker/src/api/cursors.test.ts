import { describe, expect, test } from "vitest";
import { decode, encode, MAX_LENGTH, type Order, page } from "./cursors";
import { ProblemError } from "./problems";

const ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
const PLACES: readonly (readonly [Order, string])[] = [
  ["newest", "1796009077682390"],
  ["requested", "0"],
  ["rank", "0.6079271"],
  ["rank", "1e-20"],
];

describe.each(PLACES)("a cursor of %s at %s", (order, at) => {
  const cursor = encode(order, { at, id: ID });

  test("comes back as it was, in letters that an address may hold", () => {
    expect(decode(order, cursor)).toEqual({ at, id: ID });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(cursor.length).toBeLessThanOrEqual(MAX_LENGTH);
  });

  test("is none of another order", () => {
    for (const other of ["newest", "rank", "requested"] as const) {
      if (other !== order) expect(() => decode(other, cursor)).toThrow(ProblemError);
    }
  });
});

const made = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");

test.each([
  ["", "nothing"],
  ["!", "no base64"],
  [btoa("{"), "no JSON"],
  [made(["newest", "1"]), "too short"],
  [made(["newest", "1", ID, ID]), "too long"],
  [made(["newest", "-1", ID]), "a negative time"],
  [made(["newest", "1".repeat(17), ID]), "a time beyond what Postgres knows"],
  [made(["newest", 1, ID]), "a number"],
  [made(["newest", "1", "x"]), "no id"],
  [made(["newest", "1'; drop table people; --", ID]), "SQL"],
  ["A".repeat(MAX_LENGTH + 1), "a long one"],
])("%s is no cursor: %s", (cursor) => {
  expect(() => decode("newest", cursor)).toThrow(ProblemError);
});

test.each(["NaN", "Infinity", "-1", "1e309", "0x1", " 1"])("the rank %s is none", (rank) => {
  expect(() => decode("rank", made(["rank", rank, ID]))).toThrow(ProblemError);
});

test("a page goes on where there is more, at its last row", () => {
  const rows = ["a", "b", "c"].map((_, index) => ({ at: String(index), id: ID }));
  expect(page("newest", rows, 3)).toEqual({ rows, next: null });
  const { rows: shown, next } = page("newest", rows, 2);
  expect(shown).toEqual(rows.slice(0, 2));
  expect(decode("newest", next ?? "")).toEqual({ at: "1", id: ID });
  expect(page("newest", [], 2)).toEqual({ rows: [], next: null });
});
