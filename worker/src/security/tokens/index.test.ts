import { beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_SECONDS,
  bearer,
  issueAccess,
  issueRefresh,
  type Keys,
  keysOf,
  LEEWAY_SECONDS,
  readAccess,
  readRefresh,
  REFRESH_SECONDS,
  ROLES,
} from ".";
import { draws } from "../../../test/draws";
import { LONGEST_TOKEN } from "./signature";

// The types of Node.js' own are no part of a Worker's.
const { createHash, createHmac } = await import("node:crypto" as string);
const OLD = "the-older-key-0123456789abcdef0123456789";
const NEW = "the-newer-key-0123456789abcdef0123456789";
const NOW = 1_800_000_000;
const PERSON = { person: "p-1", role: "investor", session: "s-1" } as const;
const text = (value: string) => Buffer.from(value).toString("base64url");

/** A token as somebody else would make it, of whatever header and payload. */
function made(head: unknown, payload: unknown, secret: string, hash = "sha256"): string {
  const parts = [head, payload].map((part) => text(typeof part === "string" ? part : JSON.stringify(part)));
  const signature = createHmac(hash, secret).update(parts.join(".")).digest("base64url");
  return [...parts, signature].join(".");
}

const HEAD = { alg: "HS256", typ: "JWT" };
const PAYLOAD = {
  iss: "pitchey-test", aud: "pitchey-api", sub: "p-1", role: "investor", sid: "s-1",
  iat: NOW, nbf: NOW, exp: NOW + ACCESS_SECONDS,
};

let keys: Keys;
beforeAll(async () => {
  keys = await keysOf({ JWT_SECRET: OLD });
});
const read = (token: string, now = NOW, with_ = keys) => readAccess(with_, "test", now, token);

describe("keys", () => {
  test.each(["", "short", "x".repeat(31)])("of less than 256 bits sign nothing: %j", async (secret) => {
    await expect(keysOf({ JWT_SECRET: secret })).rejects.toThrow("256 bits");
    await expect(keysOf({ JWT_SECRET: OLD, JWT_SECRET_PREVIOUS: secret || "x" })).rejects.toThrow("256 bits");
  });

  test("are told apart by a piece of their hash", async () => {
    const expected = createHash("sha256").update(OLD).digest("hex").slice(0, 16);
    expect(keys.current.id).toBe(expected);
    const [head = ""] = (await issueAccess(keys, "test", NOW, PERSON)).split(".");
    expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ ...HEAD, kid: expected });
  });
});

describe("an access token", () => {
  test("is good until it expires, and a minute longer for clocks that are late", async () => {
    const token = await issueAccess(keys, "test", NOW, PERSON);
    for (const now of [NOW - LEEWAY_SECONDS, NOW, NOW + ACCESS_SECONDS + LEEWAY_SECONDS - 1]) {
      expect(await read(token, now)).toEqual({ token: PERSON });
    }
    expect(await read(token, NOW + ACCESS_SECONDS + LEEWAY_SECONDS)).toEqual({ refused: "expired" });
    expect(await read(token, NOW - LEEWAY_SECONDS - 1)).toEqual({ refused: "early" });
  });

  test("is of one environment and for one use", async () => {
    const token = await issueAccess(keys, "production", NOW, PERSON);
    expect(await read(token)).toEqual({ refused: "foreign" });
    const refresh = await issueRefresh(keys, "test", NOW, { person: "p-1", session: "s-1", generation: 1 });
    expect(await read(refresh)).toEqual({ refused: "foreign" });
    expect(await readRefresh(keys, "test", NOW, await issueAccess(keys, "test", NOW, PERSON))).toEqual({
      refused: "foreign",
    });
  });

  test("without a key's id, as older versions sign, is held against each key", async () => {
    const both = await keysOf({ JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD });
    for (const secret of [OLD, NEW]) expect(await read(made(HEAD, PAYLOAD, secret), NOW, both)).toHaveProperty("token");
    expect(await read(made(HEAD, PAYLOAD, "another-key-0123456789abcdef0123456789"), NOW, both)).toEqual({
      refused: "forged",
    });
  });

  test("that names one key is not held against another", async () => {
    const both = await keysOf({ JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD });
    expect(await read(made({ ...HEAD, kid: both.current.id }, PAYLOAD, OLD), NOW, both)).toEqual({ refused: "forged" });
  });

  test("that another key signed is no attempt when it is an old or another environment's", async () => {
    expect(await read(made(HEAD, { ...PAYLOAD, iat: 0, nbf: 0, exp: 900 }, NEW))).toEqual({ refused: "expired" });
    expect(await read(made(HEAD, { ...PAYLOAD, iss: "pitchey-staging" }, NEW))).toEqual({ refused: "foreign" });
  });

  const forged = {
    "another key": made(HEAD, PAYLOAD, NEW),
    "a changed payload": (() => {
      const [head, , signature] = made(HEAD, PAYLOAD, OLD).split(".");
      return [head, text(JSON.stringify({ ...PAYLOAD, sub: "p-2" })), signature].join(".");
    })(),
  };
  test.each(Object.entries(forged))("of %s is forged", async (_, token) => {
    expect(await read(token)).toEqual({ refused: "forged" });
  });

  test.each(["none", "None", "NONE", "nOnE"])("unsigned by alg %s is an attempt", async (alg) => {
    const [head, payload] = made({ ...HEAD, alg }, PAYLOAD, OLD).split(".");
    for (const signature of ["", "AA"]) {
      expect(await read([head, payload, signature].join("."))).toEqual({ refused: "unsigned" });
    }
  });

  const good = made(HEAD, PAYLOAD, OLD);
  const [head = "", payload = "", signature = ""] = good.split(".");
  const claims = (changes: object) => made(HEAD, { ...PAYLOAD, ...changes }, OLD);
  // The last character of 43 holds two bits that mean nothing: another one decodes to the same bytes.
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const twin = signature.slice(0, -1) + ALPHABET[(ALPHABET.indexOf(signature.at(-1) ?? "") ^ 1)];
  const malformed: Record<string, string> = {
    "HS512 with our key": made({ ...HEAD, alg: "HS512" }, PAYLOAD, OLD, "sha512"),
    "RS256 with our key as the public one": made({ ...HEAD, alg: "RS256" }, PAYLOAD, OLD),
    "an algorithm in lower case": made({ ...HEAD, alg: "hs256" }, PAYLOAD, OLD),
    "no algorithm": made({ typ: "JWT" }, PAYLOAD, OLD),
    "another type": made({ ...HEAD, typ: "dpop+jwt" }, PAYLOAD, OLD),
    "no type": made({ alg: "HS256" }, PAYLOAD, OLD),
    "a key's id that is no text": made({ ...HEAD, kid: ["a"] }, PAYLOAD, OLD),
    "a key brought along": made({ ...HEAD, jwk: { kty: "oct", k: "AA" } }, PAYLOAD, OLD),
    "a critical extension": made({ ...HEAD, crit: ["exp"] }, PAYLOAD, OLD),
    "an algorithm twice": made('{"alg":"none","alg":"HS256","typ":"JWT"}', PAYLOAD, OLD),
    "a role twice": made(HEAD, JSON.stringify(PAYLOAD).replace("{", '{"role":"operator",'), OLD),
    "a role twice, once escaped": made(HEAD, JSON.stringify(PAYLOAD).replace("{", '{"r\\u006fle":"operator",'), OLD),
    "a list for a payload": made(HEAD, "[]", OLD),
    "null for a payload": made(HEAD, "null", OLD),
    "no JSON": made(HEAD, "{", OLD),
    "bytes that are no text": [head, Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url"), signature].join("."),
    padding: `${head}.${payload}.${signature}=`,
    "standard base64": good.replaceAll("-", "+").replaceAll("_", "/") + (/[-_]/.test(good) ? "" : "+"),
    "bits left over in the signature": `${head}.${payload}.${twin}`,
    "white space": `${head}.${payload}. ${signature}`,
    "a signature cut off": good.slice(0, -4),
    "no signature": `${head}.${payload}.`,
    "two parts": `${head}.${payload}`,
    "four parts": `${good}.${signature}`,
    "five parts, as an encrypted one has": `${head}.AA.AA.${payload}.${signature}`,
    nothing: "",
    dots: "..",
    "more than any token has": made(HEAD, { ...PAYLOAD, pad: "x".repeat(LONGEST_TOKEN) }, OLD),
    "deep nesting": made(HEAD, `{"a":${"[".repeat(100)}${"]".repeat(100)}}`, OLD),
    "no end": claims({ exp: undefined }),
    "an end that is no number": claims({ exp: String(NOW + 60) }),
    "an end that is no time": claims({ exp: 1e300 }),
    "a longer life than we give": claims({ exp: NOW + ACCESS_SECONDS + 1 }),
    "an end before its start": claims({ exp: NOW - 1 }),
    "no start": claims({ nbf: undefined }),
    "no time of issue": claims({ iat: undefined }),
    "a role that there is not": claims({ role: "root" }),
    "no person": claims({ sub: "" }),
    "no session": claims({ sid: undefined }),
  };
  test.each(Object.entries(malformed))("with %s is malformed", async (_, token) => {
    expect(await read(token)).toEqual({ refused: "malformed" });
  });

  test.each([
    ["another issuer", { iss: "pitchey-production" }],
    ["no issuer", { iss: undefined }],
    ["another audience", { aud: "pitchey-sessions" }],
    ["several audiences", { aud: ["pitchey-api", "pitchey-sessions"] }],
  ])("for %s is foreign", async (_, changes) => {
    expect(await read(claims(changes))).toEqual({ refused: "foreign" });
  });

  test("with any one character changed is refused", async () => {
    for (let at = 0; at < good.length; at += 1) {
      for (const other of ["A", "z", "-", "."]) {
        if (good[at] === other) continue;
        const changed = good.slice(0, at) + other + good.slice(at + 1);
        expect(await read(changed), `${at} ${other}`).toHaveProperty("refused");
      }
    }
  });
});

describe("a refresh token", () => {
  test("names its session and generation for thirty days", async () => {
    const refresh = { person: "p-1", session: "s-1", generation: 7 };
    const token = await issueRefresh(keys, "test", NOW, refresh);
    expect(await readRefresh(keys, "test", NOW + REFRESH_SECONDS, token)).toEqual({ token: refresh });
    const late = NOW + REFRESH_SECONDS + LEEWAY_SECONDS;
    expect(await readRefresh(keys, "test", late, token)).toEqual({ refused: "expired" });
  });

  test.each([0, -1, 1.5, "1", null])("of generation %j is malformed", async (gen) => {
    const payload = { ...PAYLOAD, aud: "pitchey-sessions", gen };
    expect(await readRefresh(keys, "test", NOW, made(HEAD, payload, OLD))).toEqual({ refused: "malformed" });
  });
});

test("a rotation signs nobody out at any step, nor on the way back from one", async () => {
  const steps = [
    { JWT_SECRET: OLD },
    { JWT_SECRET: OLD, JWT_SECRET_PREVIOUS: NEW },
    { JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD },
  ];
  const versions = await Promise.all(steps.map(keysOf));
  for (const [index, signing] of versions.entries()) {
    const token = await issueAccess(signing, "test", NOW, PERSON);
    // A rollout has two versions beside each other, and a rollback goes from the later to the earlier one.
    for (const reading of versions.slice(Math.max(0, index - 1), index + 2)) {
      expect(await read(token, NOW, reading)).toEqual({ token: PERSON });
    }
  }
  const [after] = await Promise.all([keysOf({ JWT_SECRET: NEW })]);
  expect(await read(await issueAccess(versions[0] as Keys, "test", NOW, PERSON), NOW, after)).toEqual({
    refused: "forged",
  });
});

test.each([
  ["Bearer a.b.c", "a.b.c"],
  ["bearer a.b-_c", "a.b-_c"],
  ["Bearer a b", null],
  ["Basic a", null],
  ["Bearer ", null],
])("of the header %j the token is %j", (header, token) => {
  expect(bearer(new Request("https://a.example/", { headers: { authorization: header } }))).toBe(token);
});

// Each token is drawn part by part, and is good exactly when each of its parts is.
test("whatever a token is made of, it is read when all of it is right, and then says what was signed", async () => {
  const both = await keysOf({ JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD });
  const [current, previous] = both.accepted.map(({ id }) => id);
  let goodOnes = 0;
  for (let seed = 1; seed <= 3000; seed += 1) {
    const draw = draws(seed);
    // One part in eight is bad, so that a good share of tokens has one bad part, and a good share none.
    const parts: boolean[] = [];
    const drawn = <T>(good: readonly T[], bad: readonly unknown[]): unknown => {
      const isGood = !draw.chance(1 / 8);
      parts.push(isGood);
      return isGood ? draw.pick(good) : draw.pick(bad);
    };
    const secret = draw.pick([OLD, NEW]);
    const own = secret === OLD ? previous : current;
    const other = secret === OLD ? current : previous;
    const head = {
      alg: drawn(["HS256"], ["none", "RS256", "HS512", "hs256", "", null, 256, undefined]),
      typ: drawn(["JWT"], ["jwt", "at+jwt", "", null, undefined]),
      kid: drawn([own, undefined], [other, "", "../../dev/null", "' or 1=1 --", null, 0, [own], { id: own }]),
      jwk: drawn([undefined], [{ kty: "oct", k: "AA" }, null]),
      crit: drawn([undefined], [["exp"], []]),
    };
    const iat = NOW - draw.below(ACCESS_SECONDS);
    const payload = {
      iss: drawn(["pitchey-test"], ["pitchey-production", "", null, undefined, ["pitchey-test"]]),
      aud: drawn(["pitchey-api"], ["pitchey-sessions", ["pitchey-api"], null, undefined]),
      sub: drawn(["p-1", "p-2"], ["", 7, null, undefined, "p".repeat(65)]),
      sid: drawn(["s-1"], ["", 7, null, undefined]),
      role: drawn(ROLES, ["root", "", ["operator"], null, undefined]),
      iat,
      nbf: drawn([iat, NOW], [NOW + LEEWAY_SECONDS + 1, "0", -1, 0.5, null, undefined]),
      exp: drawn([iat + ACCESS_SECONDS], [iat, iat + ACCESS_SECONDS + 1, NOW - LEEWAY_SECONDS, 1e300, null, undefined]),
    };
    const signing = drawn([secret], ["a-key-of-nobody-0123456789abcdef012345"]) as string;
    const token = made(head, payload, signing);
    const isGood = parts.every((part) => part);
    const expected = { person: payload.sub, role: payload.role, session: payload.sid };
    const said = await read(token, NOW, both);
    if (isGood) expect(said, token).toEqual({ token: expected });
    else expect(said, token).toHaveProperty("refused");
    goodOnes += isGood ? 1 : 0;
  }
  expect(goodOnes).toBeGreaterThan(300);
});
