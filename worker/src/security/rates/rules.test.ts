import { expect, test } from "vitest";
import { policiesOf, ruleOf } from "./rules";

test.each([
  ["600/1m", { capacity: 600, seconds: 60 }],
  ["20/10m", { capacity: 20, seconds: 600 }],
  ["5/1h", { capacity: 5, seconds: 3600 }],
  ["9999999/30s", { capacity: 9_999_999, seconds: 30 }],
  ["0/1m", null],
  ["6/0m", null],
  ["6/1d", null],
  ["6", null],
  [6, null],
  [undefined, null],
])("the rule %j is %j", (text, rule) => {
  expect(ruleOf(text)).toEqual(rule);
});

test("a stack's own limits take the place of the usual ones, class by class", () => {
  const usual = policiesOf(undefined);
  expect(usual.login).toEqual({ capacity: 10, seconds: 300, withoutLimiter: "closed" });
  const own = policiesOf('{"login": "100/1m", "read": "1/1h"}');
  expect(own).toEqual({
    ...usual,
    login: { capacity: 100, seconds: 60, withoutLimiter: "closed" },
    read: { capacity: 1, seconds: 3600, withoutLimiter: "open" },
  });
});

test.each(["", "{", "null", "[]", '"x"', '{"read": 7, "reed": "1/1h"}', '{"__proto__": {"read": "1/1h"}}'])(
  "what cannot be read (%j) changes nothing",
  (text) => {
    expect(policiesOf(text)).toEqual(policiesOf(undefined));
  },
);
