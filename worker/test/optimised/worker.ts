/** A Worker that does what it is asked with the optimisations, and tells how it went: for tests alone. */

import { databaseOf, DatabaseUnavailableError } from "../../src/database";
import type { Env } from "../../src/env";
import { type Observation, observation } from "../../src/recording/observation";
import { switchesOf } from "../../src/switches";
import type { Database } from "../../src/database";

interface Around {
  readonly url: URL;
  readonly request: Request;
  readonly database: Database;
  readonly observed: Observation;
}

class Refused extends Error {}

const DEEDS: Record<string, (around: Around) => Promise<unknown>> = {
  async one({ database, url }) {
    const n = Number(url.searchParams.get("n") ?? 1);
    const fresh = url.searchParams.has("fresh");
    return database.read((sql) => sql<{ n: number; s: string }[]>`select ${n}::int as n, ${`it's "s"`} as s`, { fresh });
  },
  async types({ database }) {
    const at = new Date("2026-01-02T03:04:05.678Z");
    const where = (sql: Parameters<Parameters<Database["read"]>[0]>[0]) => sql`where true = ${true}`;
    return database.read((sql) => sql<object[]>`
      select ${at}::timestamptz as at, ${sql.json({ a: [1, "x"] })}::jsonb as j, ${null}::text as nothing,
             encode(${new Uint8Array([1, 2, 255])}::bytea, 'hex') as b, ${10n}::bigint as big
      ${where(sql)} and 2 in ${sql([1, 2, 3])}`);
  },
  async sleep({ database, url }) {
    return database.read((sql) => sql<object[]>`select pg_sleep(${Number(url.searchParams.get("s"))})`);
  },
  async mistake({ database }) {
    return database.read((sql) => sql<object[]>`select nothing from nowhere where 1 = ${1}`);
  },
  async undefined({ database }) {
    return database.read((sql) => sql<object[]>`select ${undefined as unknown as string}`);
  },
  async write({ database, url }) {
    const s = url.searchParams.get("s") ?? "";
    return database.write(async (sql) => {
      await sql`insert into t (n, s) values (${1}, ${s})`;
      if (url.searchParams.has("refuse")) throw new Refused("not this one");
      if (url.searchParams.has("twice")) await sql`insert into t (id) select id from t limit 1`;
      return sql<object[]>`select n, s from t where s = ${s}`;
    });
  },
  async several({ database }) {
    const each = [1, 2, 3, 4, 5].map((n) => database.read((sql) => sql<{ n: number }[]>`select ${n}::int as n`));
    return (await Promise.all(each)).flat();
  },
  async ping({ database }) {
    return (await database.ping()) >= 0;
  },
};

export default {
  async fetch(request, env, context): Promise<Response> {
    const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
    const url = new URL(request.url);
    const observed = observation();
    const switches = await switchesOf(env, waitUntil);
    const database = databaseOf(env, switches, observed, waitUntil);
    const started = Date.now();
    const told = () => ({ counters: observed.counters, milliseconds: Date.now() - started });
    try {
      const deed = DEEDS[url.pathname.slice(1)];
      if (deed === undefined) return new Response(null, { status: 404 });
      return Response.json({ answer: await deed({ url, request, database, observed }), ...told() });
    } catch (error) {
      const { name, message, code } = error as Error & { code?: string };
      const reason = error instanceof DatabaseUnavailableError ? error.reason : null;
      const cause = (error as Error).cause as { code?: string; message?: string; name?: string } | undefined;
      return Response.json({ error: name, message, code, reason, cause: cause && [cause.name, cause.code, cause.message], ...told() });
    }
  },
} satisfies ExportedHandler<Env>;
