import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ROUTES } from "../src/pages";
import { match, nextOf, PATHS } from "../src/routes";

test("paths are matched part by part", () => {
  expect(match("/", "/")).toEqual({});
  expect(match("/pitches/:id", "/pitches/a%20b")).toEqual({ id: "a b" });
  expect(match("/pitches/:id", "/pitches/a/")).toEqual({ id: "a" });
  expect(match("/pitches/:id", "/pitches/%")).toEqual({ id: "%" });
  for (const path of ["/pitches", "/pitches/", "/pitches/a/b", "/other/a"]) expect(match("/pitches/:id", path)).toBeNull();
});

test("after signing in one is led nowhere but to a page of this site", () => {
  const next = (value: string) => nextOf(new URLSearchParams({ next: value }));
  expect(next("/pitches/a?b=c")).toBe("/pitches/a?b=c");
  for (const wrong of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "", "a"]) {
    expect(next(wrong)).toBeNull();
  }
  expect(nextOf(new URLSearchParams())).toBeNull();
});

test("a new pitch is not taken for one whose id is new", () => {
  const shown = ROUTES.find(({ pattern }) => match(pattern, PATHS.newPitch) !== null);
  expect(shown?.pattern).toBe(PATHS.newPitch);
});

test("the server shows the site at each of its paths, and nowhere else", async () => {
  const lines = (await readFile(new URL("../src/_redirects", import.meta.url), "utf8")).split("\n");
  const served = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(" "));
  for (const [, to, status] of served) expect([to, status]).toEqual(["/", "200"]);
  const paths = ROUTES.map(({ pattern }) => pattern.replace(":id", "an-id")).filter((path) => path !== "/");
  for (const path of paths) expect(served.some(([from = ""]) => match(from, path) !== null), path).toBe(true);
  for (const [from = ""] of served) {
    const path = from.replace(":id", "an-id");
    expect(ROUTES.some(({ pattern }) => match(pattern, path) !== null), from).toBe(true);
  }
});

test("whoever needs a role is told by its route", () => {
  for (const { pattern, roles } of ROUTES) {
    const portal = /^\/(creator|investor|production)\b/.exec(pattern)?.[1];
    if (portal !== undefined) expect(roles, pattern).toEqual([portal]);
  }
});
