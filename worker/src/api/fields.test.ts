import { describe, expect, test } from "vitest";
import { Cursor, Limit, line, text, time } from "./fields";
import { PitchChange, NewPitch } from "./pitches/schemas";
import { SignUp } from "./people/schemas";

const takes = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe("text", () => {
  test.each(["a", "Ünïcödé 😀", "one\ntwo\ttabs", "‏שלום", "<script>alert(1)</script>", "'; drop table people; --"])(
    "%j is kept as it is",
    (value) => {
      expect(text(100).parse(value)).toBe(value);
    },
  );

  test.each(["", "   ", "\u0000", "a\u0000b", "\u001b[31m", "\ud800", "a\udc00", "a".repeat(101)])(
    "%j is refused",
    (value) => {
      expect(takes(text(100), value)).toBe(false);
    },
  );

  test("blanks around it are no part of it", () => {
    expect(text(6).parse("  abc\n")).toBe("abc");
  });

  test("length is counted in characters, of what was sent", () => {
    expect(takes(text(3), "😀😀😀")).toBe(true);
    for (const value of ["😀😀😀😀", "abcd", "abc "]) expect(takes(text(3), value)).toBe(false);
  });

  // Whatever a regular expression may do with it, nobody waits for it.
  test.each([" ", "a", "a "])("%j many times over, and a control character", (part) => {
    const value = `${part.repeat(32_000)}\u0000`;
    for (const schema of [text(20_000), line(20_000)]) expect(takes(schema, value)).toBe(false);
  });

  test("a line has no breaks", () => {
    for (const value of ["a\nb", "a\rb", "a\u2028b", "a\tb", "a\n", "\ta"]) expect(takes(line(10), value)).toBe(false);
  });
});

test("a limit is a whole number from 1 to 100", () => {
  expect(Limit.parse("7")).toBe(7);
  for (const value of ["0", "101", "-1", "1.5", "1e1", " 1", "", "x", ["1", "2"]]) {
    expect(takes(Limit, value), String(value)).toBe(false);
  }
});

test("a cursor has letters that an address may hold, and not too many", () => {
  expect(takes(Cursor, "a-_9")).toBe(true);
  for (const value of ["", "a b", "a/b", "a=", "a".repeat(300)]) expect(takes(Cursor, value)).toBe(false);
});

test("times are told in UTC to the millisecond", () => {
  expect(time(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6)))).toBe("2026-01-02T03:04:05.006Z");
});

describe("a pitch", () => {
  const pitch = { title: "T", logline: "L", genre: "Drama", format: "feature", budget: 1 };

  test("is a draft without a synopsis unless it says so", () => {
    expect(NewPitch.parse(pitch)).toEqual({ ...pitch, genre: "drama", synopsis: "", status: "draft" });
  });

  test.each([
    { budget: -1 }, { budget: 1.5 }, { budget: 1_000_000_001 }, { budget: "1" }, { budget: null },
    { format: "poem" }, { status: "archived" }, { title: "t".repeat(161) }, { views: 1_000_000 }, { creator: "me" },
    { id: "7c9e6679-7425-40de-944b-e07fc1f90ae7" }, { synopsis: "s".repeat(20_001) }, { genre: "" },
    // As small letters these are two characters each, more than the column holds.
    { genre: "İ".repeat(40) },
  ])("%j is refused", (change) => {
    expect(takes(NewPitch, { ...pitch, ...change })).toBe(false);
  });

  test("a change changes something, and leaves the rest", () => {
    expect(takes(PitchChange, {})).toBe(false);
    expect(PitchChange.parse({ title: "T" })).toEqual({ title: "T" });
    expect(takes(PitchChange, { revision: 1 })).toBe(false);
  });
});

describe("signing up", () => {
  const person = { email: "a@b.example", name: "A", role: "creator", password: "seven-lanterns-at-noon" };

  test("takes who says what is needed", () => expect(takes(SignUp, person)).toBe(true));

  test.each([
    { email: "a" }, { email: "a@b" }, { email: `${"a".repeat(250)}@b.example` }, { email: "a@b.example\n" },
    { role: "operator" }, { role: "admin" }, { password: "short" }, { password: "password" },
    { password: "p".repeat(2000) }, { name: "" }, { name: "a\nb" }, { isAdmin: true },
  ])("refuses %j", (change) => {
    expect(takes(SignUp, { ...person, ...change })).toBe(false);
  });
});
