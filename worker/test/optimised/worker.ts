/** A Worker that does what it is asked with the optimisations, and tells how it went: for tests alone. */

import { cachingOf, CACHE_HEADER, type Caching } from "../../src/cache";
import { databaseOf, DatabaseUnavailableError } from "../../src/database";
import type { Env } from "../../src/env";
import { publicly } from "../../src/performance";
import { type Observation, observation } from "../../src/recording/observation";
import { switchesOf } from "../../src/switches";
import type { Database } from "../../src/database";

interface Around {
  readonly url: URL;
  readonly request: Request;
  readonly database: Database;
  readonly caching: Caching;
  readonly origin: () => Promise<Said>;
  readonly observed: Observation;
}

/** What the origin says of itself. */
interface Said {
  readonly value: unknown;
  readonly headers: Record<string, string>;
  readonly status: number;
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
  async cached({ caching, origin, url }) {
    const key = url.searchParams.get("key") ?? "one";
    const entry = { key, tags: ["all", `one:${key}`], kind: "detail" } as const;
    return caching.answer(entry, async () => (await origin()).value);
  },
  async invalidate({ caching, url }) {
    await caching.invalidate(url.searchParams.getAll("tag"));
    return true;
  },
  async ping({ database }) {
    return database.ping();
  },
};

const now = Date.now;
/** How far this isolate's clock is off, in milliseconds. */
let off = 0;
Date.now = () => now() + off;

/** How long the cache takes to keep something, in milliseconds. */
let keeping = 0;
/** How long its answer is under way that it has nothing. */
let finding = 0;
const { match, put } = caches.default;
Object.defineProperty(caches.default, "match", {
  value: async (...given: Parameters<typeof match>) => {
    const late = finding;
    const found = await match.apply(caches.default, given);
    if (found === undefined) await scheduler.wait(late);
    return found;
  },
});
Object.defineProperty(caches.default, "put", {
  value: async (...given: Parameters<typeof put>) => {
    await scheduler.wait(keeping);
    return put.apply(caches.default, given);
  },
});

export default {
  async fetch(given, env, context): Promise<Response> {
    off = Number(given.headers.get("clock") ?? off);
    keeping = Number(given.headers.get("keeping") ?? keeping);
    finding = Number(given.headers.get("finding") ?? finding);
    // What Cloudflare says of a request, here by a header.
    const request = new Request(given, { cf: JSON.parse(given.headers.get("cloudflare") ?? "{}") });
    const waitUntil = (work: Promise<unknown>) => context.waitUntil(work);
    const url = new URL(request.url);
    const observed = observation();
    const switches = await switchesOf(env, waitUntil);
    const database = databaseOf(env, switches, observed, waitUntil);
    const caching = cachingOf(env, switches, observed, waitUntil);
    const origin = async (): Promise<Said> => {
      const key = url.searchParams.get("key") ?? url.pathname;
      const said = await (await fetch(`${env.ORIGIN}/?key=${encodeURIComponent(key)}`)).json<Said & { down: boolean }>();
      if (said.down) throw new DatabaseUnavailableError("connection", 1);
      return said;
    };
    if (url.pathname.startsWith("/public/")) {
      const variant = request.headers.get("variant") ?? "";
      const around = { request, env: { ...env, VERSION: { id: env.VERSION_ID, tag: "", timestamp: "" } }, switches, observed, waitUntil };
      try {
        return await publicly({ kind: "list", query: ["q", "genre"], variant }, around, async () => {
          const { value, headers, status } = await origin();
          const who = request.headers.get("authorization") ?? request.headers.get("cookie") ?? "nobody";
          const about = { who, variant, path: url.pathname, q: url.searchParams.getAll("q"), genre: url.searchParams.getAll("genre") };
          const given = { "cache-control": "public", "cache-tag": `all,other,one:${url.pathname}`, "access-control-allow-origin": who };
          return Response.json({ value, about }, { status, headers: { ...given, ...headers } });
        });
      } catch (error) {
        return Response.json({ error: (error as Error).name }, { status: 503, headers: { [CACHE_HEADER]: "miss" } });
      }
    }
    const started = Date.now();
    const told = () => ({ counters: observed.counters, milliseconds: Date.now() - started });
    try {
      const deed = DEEDS[url.pathname.slice(1)];
      if (deed === undefined) return new Response(null, { status: 404 });
      return Response.json({ answer: await deed({ url, request, database, caching, origin, observed }), ...told() });
    } catch (error) {
      const { name, message, code } = error as Error & { code?: string };
      const reason = error instanceof DatabaseUnavailableError ? error.reason : null;
      const cause = (error as Error).cause as { code?: string; message?: string; name?: string } | undefined;
      return Response.json({ error: name, message, code, reason, cause: cause && [cause.name, cause.code, cause.message], ...told() });
    }
  },
} satisfies ExportedHandler<Env & { ORIGIN: string; VERSION_ID: string }>;
