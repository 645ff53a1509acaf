import type { Miniflare } from "miniflare";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakePostgres, type Ill } from "./optimised/postgres";
import { start } from "./optimised/start";
import { until } from "./workers";

const NOWHERE = "postgres://pitchey:password@127.0.0.1:1/pitchey";
let [pooled, direct] = [new FakePostgres(), new FakePostgres()];
let running: Miniflare;

async function begin(away: readonly ("pooled" | "direct")[] = []): Promise<void> {
  const hyperdrive = away.includes("pooled") ? NOWHERE : `${await pooled.listen()}?sslmode=disable`;
  const url = away.includes("direct") ? NOWHERE : await direct.listen();
  running = await start({ hyperdrive, bindings: { DATABASE_URL: url } });
}

beforeEach(() => {
  [pooled, direct] = [new FakePostgres(), new FakePostgres()];
});

afterEach(async () => {
  await running.dispose();
  await Promise.all([pooled.close(), direct.close()]);
});

interface Told {
  readonly answer?: unknown;
  readonly error?: string;
  readonly message?: string;
  readonly reason?: string | null;
  readonly counters: Record<string, number>;
  readonly milliseconds: number;
}

async function ask(path: string): Promise<Told> {
  return (await running.dispatchFetch(`https://api.example/${path}`)).json() as Promise<Told>;
}

const ROW = [{ n: 1 }];
const unavailable = (reason: string) => ({ error: "DatabaseUnavailableError", reason });

describe("a query", () => {
  test("goes through Hyperdrive, on connections that each request opens and closes", async () => {
    await begin();
    for (let i = 0; i < 3; i++) expect((await ask("one")).answer).toEqual(ROW);
    expect([pooled.connections, direct.connections]).toEqual([3, 0]);
    expect(await until(async () => pooled.open, (open) => open === 0)).toBe(0);
  });

  test("takes one flight, parameters and all, after the connection's own", async () => {
    await begin();
    await ask("one?n=5");
    expect(pooled.flights).toBe(2);
    expect(pooled.texts).toEqual(["select $1::int as n, $2 as s"]);
  });

  test("that must be fresh names what Hyperdrive caches nothing of", async () => {
    await begin();
    await ask("one?fresh");
    expect(pooled.texts[0]).toMatch(/^select \$1::int as n, \$2 as s \/\*.*now\(\).*\*\/$/);
    await ask("one");
    expect(pooled.texts[1]).not.toContain("now()");
  });

  test("of a request that asks for several has three connections at most", async () => {
    await begin();
    expect((await ask("several")).answer).toHaveLength(5);
    expect(pooled.connections).toBeLessThanOrEqual(3);
  });

  test("that is wrong is told as it is, once, and counted as a failure", async () => {
    await begin();
    const { error, counters } = await ask("mistake");
    expect(error).toBe("PostgresError");
    expect(pooled.texts).toHaveLength(1);
    expect(counters).toEqual({ "database.requests": 1, "database.failures": 1 });
    for (let i = 0; i < 20; i++) await ask("mistake");
    expect((await ask("one")).answer).toEqual(ROW);
  });

  test("whose connection is lost is asked again, elsewhere", async () => {
    await begin();
    pooled.drops = 1;
    const { answer, counters } = await ask("one");
    expect(answer).toEqual(ROW);
    expect(counters).toEqual({ "database.requests": 1 });
    expect([pooled.texts.length, direct.texts.length]).toEqual([1, 1]);
  });

  test("is asked three times at most", async () => {
    await begin();
    pooled.drops = direct.drops = 100;
    expect(await ask("one")).toMatchObject(unavailable("connection"));
    expect(pooled.texts.length + direct.texts.length).toBe(3);
  });

  test("that conflicts is asked again, and nowhere else", async () => {
    await begin();
    pooled.ill = "conflict";
    expect(await ask("one")).toMatchObject(unavailable("overload"));
    expect([pooled.texts.length, direct.texts.length]).toEqual([3, 0]);
  });

  test("that takes too long is given up and cancelled", async () => {
    await begin();
    expect(await ask("sleep?s=60")).toMatchObject(unavailable("deadline"));
    expect(await until(async () => pooled.cancelled, (cancelled) => cancelled === 1)).toBe(1);
    expect(await until(async () => pooled.open, (open) => open === 0)).toBe(0);
    expect((await ask("one")).answer).toEqual(ROW);
  });
});

describe("Hyperdrive", () => {
  test("that cannot be reached is gone around", async () => {
    await begin(["pooled"]);
    for (let i = 0; i < 8; i++) expect((await ask("one")).answer).toEqual(ROW);
    expect(direct.connections).toBe(8);
  });

  test("that is switched off is gone around, and its cache is nobody's affair", async () => {
    await begin();
    await (await running.getKVNamespace("FLAGS")).put("hyperdrive", '"off"');
    await ask("one?fresh");
    expect([pooled.connections, direct.connections]).toEqual([0, 1]);
    expect(direct.texts[0]).not.toContain("now()");
  });

  test.each([
    ["full", "overload"],
    ["starting", "connection"],
  ] satisfies [Ill, string][])("that is %s is not made so by more connections: %s", async (ill, reason) => {
    await begin(["direct"]);
    pooled.ill = ill;
    expect(await ask("one")).toMatchObject(unavailable(reason));
    expect(pooled.connections).toBeLessThanOrEqual(3);
  });
});

describe("a write", () => {
  test("is one transaction", async () => {
    await begin();
    expect((await ask("write?s=x")).answer).toEqual(ROW);
    expect(pooled.texts.map((text) => text.split(" ")[0]?.trim())).toEqual(["begin", "insert", "select", "commit"]);
    expect(pooled.connections).toBe(1);
    // The connection's, and one for each statement.
    expect(pooled.flights).toBe(5);
  });

  test("whose work refuses is rolled back, and its reason told as it is", async () => {
    await begin();
    const told = await ask("write?refuse");
    expect([told.message, told.counters]).toEqual(["not this one", { "database.requests": 1 }]);
    expect(pooled.texts.at(-1)).toBe("rollback");
  });

  test("is begun elsewhere where it could not be begun, and never once it was", async () => {
    await begin(["pooled"]);
    expect((await ask("write")).answer).toEqual(ROW);
    direct.texts = [];
    direct.drops = 1;
    expect(await ask("write")).toMatchObject(unavailable("connection"));
    expect(direct.texts.filter((text) => text.startsWith("insert"))).toHaveLength(1);
  });

  test("that conflicts is not repeated", async () => {
    await begin();
    pooled.ill = "conflict";
    expect(await ask("write")).toMatchObject(unavailable("overload"));
    expect(pooled.texts.filter((text) => text.startsWith("insert"))).toHaveLength(1);
  });

  test("that was perhaps kept is told as that, and not made again", async () => {
    await begin();
    pooled.ill = "silent";
    expect(await ask("write")).toMatchObject(unavailable("unanswered"));
    expect(pooled.texts.filter((text) => text.startsWith("insert"))).toHaveLength(1);
    expect(direct.connections).toBe(0);
  });

  test("to what takes none is refused as such", async () => {
    await begin();
    pooled.ill = "read-only";
    expect(await ask("write")).toMatchObject(unavailable("read-only"));
    expect((await ask("one")).answer).toEqual(ROW);
  });

  test("that waits too long is cancelled", async () => {
    await begin();
    pooled.ill = "locked";
    expect(await ask("write")).toMatchObject(unavailable("deadline"));
    expect(await until(async () => pooled.cancelled, (cancelled) => cancelled === 1)).toBe(1);
  });
});

describe("a database that is gone", () => {
  test("is left alone, and tried again after a while by one alone", async () => {
    await begin(["pooled"]);
    direct.ill = "starting";
    const reasons: (string | null | undefined)[] = [];
    for (let i = 0; i < 12; i++) reasons.push((await ask("one")).reason);
    expect(reasons[0]).toBe("connection");
    expect(reasons.at(-1)).toBe("circuit");
    const before = direct.connections;
    await Promise.all(Array.from({ length: 20 }, () => ask("one")));
    expect(direct.connections - before).toBeLessThanOrEqual(1);
    direct.ill = "well";
    const healed = await until(() => ask("one"), ({ answer }) => answer !== undefined, 12);
    expect(healed.answer).toEqual(ROW);
  });

  test("is not asked without end where it hangs up on whoever comes", async () => {
    await begin();
    pooled.ill = direct.ill = "hanging-up";
    expect(await ask("one")).toMatchObject(unavailable("connection"));
    expect(await ask("write")).toMatchObject(unavailable("connection"));
    expect(pooled.connections + direct.connections).toBeLessThanOrEqual(24);
    pooled.ill = "well";
    const healed = await until(() => ask("one"), ({ answer }) => answer !== undefined, 12);
    expect(healed.answer).toEqual(ROW);
  });

  test("says so in time where it hangs", async () => {
    await begin();
    pooled.ill = direct.ill = "hanging";
    const { error, milliseconds } = await ask("one");
    expect(error).toBe("DatabaseUnavailableError");
    expect(milliseconds).toBeLessThan(10_000);
  });
});

test("no answer and no log names a password or a value", async () => {
  await begin();
  pooled.drops = direct.drops = 100;
  const told = await ask("write?s=a-value");
  expect(JSON.stringify({ ...told, cause: null })).not.toMatch(/password|a-value/);
});
