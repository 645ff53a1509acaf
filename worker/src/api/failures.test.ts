import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";
import { DatabaseUnavailableError } from "../database/database";
import { problemOf } from "./failures";

const sql = (code: string) => Object.assign(new Error("relation people does not exist"), { code });

test.each([
  [sql("08006"), 503],
  [sql("53300"), 503],
  [sql("57014"), 503],
  [sql("57P01"), 503],
  [sql("25006"), 503],
  [sql("40001"), 503],
  [sql("40P01"), 503],
  [sql("CONNECT_TIMEOUT"), 503],
  [sql("CONNECTION_CLOSED"), 503],
  [new DatabaseUnavailableError("circuit", 3), 503],
  [new DatabaseUnavailableError("read-only", 3), 503],
  [new DatabaseUnavailableError("overload", 3), 429],
  [sql("22P02"), 400],
  [sql("22021"), 400],
  [sql("23503"), 409],
  [new HTTPException(400, { message: "Malformed JSON in request body" }), 400],
  [new HTTPException(415), 415],
])("%s comes to %d, and tells nothing of the inside", (error, status) => {
  const problem = problemOf(error);
  expect(problem?.status).toBe(status);
  expect(problem?.detail).not.toContain("people");
});

test.each([
  "circuit",
  "overload",
  "unanswered",
] as const)("a database that is not available (%s) says when to come again", (reason) => {
  expect(problemOf(new DatabaseUnavailableError(reason, 3))?.headers["retry-after"]).toBe("3");
});

test.each([sql("42P01"), sql("42601"), sql("23514"), new Error("x"), new TypeError("y"), "text", null])(
  "%s is a mistake of ours",
  (error) => {
    expect(problemOf(error)).toBeNull();
  },
);
