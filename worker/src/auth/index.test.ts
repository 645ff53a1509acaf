import { describe, expect, test } from "vitest";
import { sign, verify } from ".";

const SECRET = "a-secret-of-thirty-two-bytes-or-more-1234";
const NOW = 1_800_000_000;

describe("a token", () => {
  test("that we signed is taken until it expires", async () => {
    const token = await sign({ sub: "ops", exp: NOW + 60 }, SECRET);
    expect((await verify(token, SECRET, NOW))?.sub).toBe("ops");
    expect(await verify(token, SECRET, NOW + 66)).toBeNull();
  });

  test("without an end is refused", async () => {
    expect(await verify(await sign({ sub: "ops" }, SECRET), SECRET, NOW)).toBeNull();
  });

  test("that is not valid yet is refused", async () => {
    const token = await sign({ exp: NOW + 600, nbf: NOW + 300 }, SECRET);
    expect(await verify(token, SECRET, NOW)).toBeNull();
  });

  test("signed with another secret, or changed, is refused", async () => {
    const token = await sign({ sub: "ops", exp: NOW + 60 }, SECRET);
    expect(await verify(token, `${SECRET}x`, NOW)).toBeNull();
    const [head, , signature] = token.split(".");
    const body = btoa(JSON.stringify({ sub: "root", exp: NOW + 60 })).replace(/=+$/, "");
    expect(await verify(`${head}.${body}.${signature}`, SECRET, NOW)).toBeNull();
  });

  test("that chooses its own algorithm is refused", async () => {
    const head = btoa(JSON.stringify({ alg: "none" })).replace(/=+$/, "");
    const body = btoa(JSON.stringify({ exp: NOW + 60 })).replace(/=+$/, "");
    for (const signature of ["", "AA"]) {
      expect(await verify(`${head}.${body}.${signature}`, SECRET, NOW)).toBeNull();
    }
  });

  test.each(["", "a", "a.b", "a.b.c.d", "%.%.%", "bnVsbA.bnVsbA.bnVsbA"])("like %j is refused", async (token) => {
    expect(await verify(token, SECRET, NOW)).toBeNull();
  });
});
