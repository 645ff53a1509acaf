import { expect, test } from "vitest";
import { etagOf, isUnchanged } from "./etag";

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

test("a validator is one for each content", async () => {
  const [one, same, other] = await Promise.all(["a", "a", "b"].map((text) => etagOf(bytes(text))));
  expect(one).toBe(same);
  expect(one).not.toBe(other);
});

test.each([
  ['W/"a"', true],
  ['"a"', true],
  ['"b", W/"a"', true],
  ["*", true],
  [null, false],
  ["", false],
  ["a", false],
  ['"ab"', false],
  ['W/"A"', false],
])("whoever has %s has it: %j", (condition, has) => expect(isUnchanged(condition, 'W/"a"')).toBe(has));
