import { expect, test } from "vitest";
import { checked, MAX_DEPTH } from "./bodies";
import { ProblemError } from "./problems";

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

test.each([
  '{"a": 1}',
  "[]",
  "null",
  '{"a": {"b": 1}, "c": {"b": 1}}',
  '{"a": "{\\"a\\": 1, [[[[[[[[["}',
  nested(MAX_DEPTH),
])("%s is read", (text) => {
  expect(checked(text)).toBe(text);
});

test.each([
  ["", "JSON"],
  ["{", "JSON"],
  ["{} {}", "JSON"],
  ["NaN", "JSON"],
  ['{"a": 1, "a": 1}', "twice"],
  ['{"a": 1, "\\u0061": 2}', "twice"],
  ['{"a": [{"b": 1, "c": {"b": 2, "b": 3}}]}', "twice"],
  [nested(MAX_DEPTH + 1), "deeper"],
  [nested(100_000), "deeper"],
])("%s is refused, and told why", (text, why) => {
  expect(() => checked(text)).toThrow(ProblemError);
  expect(() => checked(text)).toThrow(why);
});
