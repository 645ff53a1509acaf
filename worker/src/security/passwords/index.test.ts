import { describe, expect, test, vi } from "vitest";
import { checkPassword, COST, hashPassword, passwordFault } from ".";

// A test need not be slow to hash; the shipped cost is used once.
const LOW = { ln: 4, r: 8, p: 1 };

describe("a hash", () => {
  test("is kept in the PHC format, with the cost of today and a salt of its own", async () => {
    const [one, other] = await Promise.all([hashPassword("correct horse"), hashPassword("correct horse")]);
    expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(other);
    expect(await checkPassword("correct horse", one)).toEqual({ right: true, renewed: null });
    expect(await checkPassword("correct horsf", one)).toEqual({ right: false, renewed: null });
  });

  test("is what RFC 7914 (12) says it is", async () => {
    const salt = Buffer.from("SodiumChloride").toString("base64").replace(/=+$/, "");
    // Of the 64 bytes that stand there the first 32: the rest is derived after them.
    const hex = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
    const hash = Buffer.from(hex, "hex").toString("base64").replace(/=+$/, "");
    expect((await checkPassword("pleaseletmein", `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`)).right).toBe(true);
  });

  test("of a lower cost is renewed when its password was right, and only then", async () => {
    const kept = await hashPassword("correct horse", LOW);
    expect(await checkPassword("wrong horse", kept)).toEqual({ right: false, renewed: null });
    const { right, renewed } = await checkPassword("correct horse", kept);
    expect(right).toBe(true);
    expect(renewed).toContain("$ln=15,r=8,p=3$");
    expect((await checkPassword("correct horse", renewed)).right).toBe(true);
  });

  test("is of the characters, not of how a keyboard composes them", async () => {
    const kept = await hashPassword("pâté-über-alles", LOW);
    expect((await checkPassword("pâté-über-alles".normalize("NFD"), kept)).right).toBe(true);
  });

  test.each([
    "", "plain text", "$2b$12$abcdefghijklmnopqrstuv", "$scrypt$ln=15,r=8,p=3$c2FsdA", "$scrypt$ln=0,r=8,p=3$AAAA$AAAA",
    `$scrypt$ln=20,r=8,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
    `$scrypt$ln=15,r=99,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
  ])("%j opens for nobody, and takes no more than any other", async (kept) => {
    expect(await checkPassword("correct horse", kept)).toEqual({ right: false, renewed: null });
  });
});

test("for nobody as much is computed as for somebody", async () => {
  const costs: unknown[] = [];
  vi.doMock("node:crypto", async (original) => {
    const real = await original<typeof import("node:crypto")>();
    const scrypt: typeof real.scrypt = (password, salt, length, options, done) => {
      const { N, r, p } = options;
      costs.push({ ln: Math.log2(N), r, p, length });
      real.scrypt(password, salt, length, { ...options, N: 16, p: 1 }, done);
    };
    return { ...real, scrypt };
  });
  vi.resetModules();
  const { checkPassword: checked, hashPassword: hashed } = await import(".");
  const kept = await hashed("correct horse");
  costs.length = 0;
  expect((await checked("wrong horse", kept)).right).toBe(false);
  expect(await checked("wrong horse", null)).toEqual({ right: false, renewed: null });
  vi.doUnmock("node:crypto");
  expect(costs).toEqual([{ ...COST, length: 32 }, { ...COST, length: 32 }]);
});

test("not even all zeros open what nobody has", async () => {
  expect((await checkPassword("", null)).right).toBe(false);
  expect((await checkPassword("x".repeat(257), await hashPassword("x".repeat(257), LOW))).right).toBe(false);
});

describe("a new password", () => {
  test.each(["correct horse", "пароль-который-не-угадать", "        ", "é".repeat(256), "🙂".repeat(8), "aaaaaaab"])(
    "%.20s is taken as it is",
    (password) => {
      expect(passwordFault(password)).toBeNull();
    },
  );

  test.each([
    ["", "8 characters or more"], ["1234567", "8 characters or more"], ["🙂".repeat(7), "8 characters or more"],
    ["x".repeat(257), "256 characters or less"], ["password", "commonest"], ["PassWord123", "commonest"],
    ["12345678", "commonest"],
  ])("%.20s is refused: %s", (password, why) => {
    expect(passwordFault(password)).toContain(why);
  });
});
