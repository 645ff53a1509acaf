/** The cases are for Python and TypeScript alike. They were made with exact decimals from the definition (the first
 * bucket whose upper edge is not below the duration); those beside an edge are a millionth away from it, where no
 * rounding of a logarithm reaches. */

import { expect, test } from "vitest";
import { bucket, LARGEST_BUCKET, upperEdge } from "../src/recording/latency";
import cases from "./latency-buckets.json";

test.each(cases as [number, number][])("%d ms is in bucket %d", (milliseconds, index) => {
  expect(bucket(milliseconds)).toBe(index);
});

test("every bucket holds its own upper edge, and nothing beyond it", () => {
  for (let index = 0; index < LARGEST_BUCKET; index++) {
    expect(bucket(upperEdge(index))).toBe(index);
    expect(bucket(upperEdge(index) * 1.0001 + 1e-9)).toBe(index + 1);
  }
});

test.each([Number.NaN, -1, Number.NEGATIVE_INFINITY])("%d ms counts as none", (milliseconds) => {
  expect(bucket(milliseconds)).toBe(0);
});

test("what takes for ever is in the last bucket", () => {
  expect(bucket(Number.POSITIVE_INFINITY)).toBe(LARGEST_BUCKET);
});
