import { expect, test } from "vitest";
import { ProblemError } from "../problems";
import { requireRevision, tagOf } from "./revisions";

const status = (header: string | undefined): number => {
  try {
    requireRevision(header, 3);
    return 200;
  } catch (error) {
    return error instanceof ProblemError ? error.status : 500;
  }
};

test.each([
  [tagOf(3), 200],
  // As a compressing edge leaves it.
  [`W/${tagOf(3)}`, 200],
  ["*", 200],
  [`${tagOf(2)}, ${tagOf(3)}`, 200],
  [undefined, 428],
  [tagOf(2), 412],
  [tagOf(33), 412],
  ['"3"', 412],
  ["3", 412],
  ["", 412],
  ['"r3', 412],
])("a change of revision 3 with If-Match %s comes to %d", (header, expected) => {
  expect(status(header)).toBe(expected);
});
