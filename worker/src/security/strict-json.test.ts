import { describe, expect, test } from "vitest";
import { parseStrictly } from "./strict-json";

describe("strict JSON", () => {
  test.each([
    "1", '"a"', "null", "[]", "{}", '{"a":{"a":[{"a":1},{"a":2}]}}', '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    '{"a":"\\\\","b":":"}', ' { "a" : 1 , "b" : 2 } ', '{"__proto__":1,"constructor":2}', '{"a:":1,"b":"c:d"}',
  ])("%s is read as JSON reads it", (text) => {
    expect(parseStrictly(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['{"a":1,"a":1}', "twice"], ['{"a":1,"\\u0061":2}', "twice"], ['[{"b":{"a":1,"a":2}}]', "twice"],
    ['{"__proto__":1,"__proto__":2}', "twice"], ['{"":1,"":2}', "twice"], ["{", "no JSON"], ["", "no JSON"],
    ["{'a':1}", "no JSON"], ['{"a":1}}', "no JSON"], [`${"[".repeat(33)}${"]".repeat(33)}`, "deeper"],
    ["[".repeat(1_000_000), "deeper"], [`${'{"a":'.repeat(40)}1${"}".repeat(40)}`, "deeper"],
  ])("%.40s is refused: %s", (text, why) => {
    expect(() => parseStrictly(text)).toThrow(why);
  });

  test("as deep as it may be is taken", () => {
    expect(() => parseStrictly(`${"[".repeat(32)}${"]".repeat(32)}`)).not.toThrow();
  });
});
