import { describe, expect, test } from "vitest";
import { backoff } from "./backoff";
import { DatabaseUnavailableError } from "./database";
import { isFailure, isRepeatable, reasonOf } from "./failures";

const told = (code: string) => Object.assign(new Error("secret"), { code });
const socket = (error: Error) => Object.assign(error, { query: "select 1" });

describe("an error of the driver", () => {
  test.each([
    ["08006", "connection", true],
    ["57P01", "connection", true],
    ["57P03", "connection", true],
    ["58000", "connection", true],
    ["CONNECT_TIMEOUT", "connection", true],
    ["CONNECTION_CLOSED", "connection", true],
    ["53300", "overload", true],
    ["40001", "overload", true],
    ["40P01", "overload", true],
    ["28P01", "connection", false],
    ["3D000", "connection", false],
    ["57014", "deadline", false],
    ["25006", "read-only", false],
    ["23505", null, false],
    ["42P01", null, false],
    ["22P02", null, false],
    ["UNDEFINED_VALUE", null, false],
  ])("%s says %s, and is asked again: %j", (code, reason, again) => {
    expect(reasonOf(told(code))).toBe(reason);
    expect(isRepeatable(told(code))).toBe(again);
  });

  test("without a code is a socket's, where the driver has noted the query", () => {
    expect(reasonOf(socket(new Error("Network connection lost.")))).toBe("connection");
    expect(isRepeatable(socket(new Error("Network connection lost.")))).toBe(true);
    expect(reasonOf(new Error("of a transaction's own"))).toBeNull();
    for (const other of [null, undefined, "x", 7, {}]) expect(reasonOf(other)).toBeNull();
  });

  test("is a failure unless a caller's data made it", () => {
    expect(["08006", "42P01", "57014"].map((code) => isFailure(told(code)))).toEqual([true, true, true]);
    expect(["23505", "22P02"].map((code) => isFailure(told(code)))).toEqual([false, false]);
    expect(isFailure(new Error("not found"))).toBe(false);
    expect(isFailure(new DatabaseUnavailableError("circuit", 1))).toBe(true);
  });
});

test("waits are drawn between nothing and a bound that doubles", () => {
  expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([20, 40, 80, 160]);
  expect(backoff(50, 1)).toBe(250);
  expect(backoff(3, 0)).toBe(0);
});
