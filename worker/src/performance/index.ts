/** Answers to public requests, kept at the edge.
 *
 * One that has been kept is given for as long as none of its tags is known to have changed, at most two seconds after a
 * change that another isolate has made. It is made anew in the background once it is no longer fresh, by one request
 * for all, and is given beyond its time while the database does not answer. */

import { CACHE_HEADER, type Freshness, type Verdict } from "../cache";
import { lifetimeOf, sightings } from "../cache/seen";
import { Watch } from "../cache/watch";
import { DatabaseUnavailableError } from "../database/database";
import { within } from "../deadline";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import type { Switches } from "../switches";
import { compresses } from "./compression";
import { isUnchanged } from "./etag";
import { hasEdgeCache, isAnybodys, keyOf } from "./keys";
import { type Kept, keep, restored, stored } from "./kept";
import { cacheStatus, type EdgeStatus, type Lifetimes, STATUS_HEADER } from "./status";

export interface Route {
  readonly kind: Freshness;
  /** The parameters of the query on which the answer depends; the handler may look at no others. */
  readonly query: readonly string[];
  /** Of an experiment. */
  readonly variant?: string;
}

export interface Around {
  readonly request: Request;
  readonly env: Pick<Env, "VERSION" | "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">;
  readonly switches: Switches;
  readonly observed: Observation;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

interface Flight {
  readonly since: number;
  readonly landed: Promise<Kept | null>;
}

// Whoever joins a flight of a second is told what was true then, at most; later on, what is not known to have changed.
const JOIN_MS = 1000;
const JOIN_LATE_MS = 2500;
const PATIENCE_MS = 4000;
const CACHE_MS = 250;
/** The client asks again each time, and is mostly told that nothing has changed. */
const CONTROL = "public, max-age=0, must-revalidate";

// One an isolate.
const flights = new Map<string, Flight>();
const MANY_FLIGHTS = 100;

/** Nobody joins them any more; they are there still when their request was cut off. */
function forgetFlights(now: number): void {
  for (const [key, { since }] of flights) if (now - since > PATIENCE_MS) flights.delete(key);
}

/** The answer to a public request that `compute` makes; whether it may be kept, it says by `cache-control: public`
 * and `cache-tag`. Raises what `compute` raises. */
export async function publicly(
  { kind, query, variant = "" }: Route,
  around: Around,
  compute: () => Promise<Response>,
): Promise<Response> {
  const { request, env, switches } = around;
  const maker = { version: env.VERSION.id, variant, edition: switches.edition };
  const key = isAnybodys(request) ? keyOf(request.url, query, maker) : null;
  if (key === null) return passed(await compute());
  return new Shared(key, kind, around, compute, switches.isOn("edge-cache")).answer();
}

class Shared {
  readonly #watch: Watch;

  constructor(
    readonly key: string,
    readonly kind: Freshness,
    readonly around: Around,
    readonly compute: () => Promise<Response>,
    readonly cached: boolean,
  ) {
    this.#watch = new Watch(around.env, around.switches, around.observed, around.waitUntil);
  }

  async answer(): Promise<Response> {
    const found = await this.#found();
    if (found !== null && (await this.#watch.isRight(found))) {
      const { fresh, stale } = found.lifetime;
      const age = ageOf(found);
      if (age < fresh) {
        sightings.read(this.kind);
        return this.#give(found, "hit", kept(found));
      }
      if (age < fresh + stale) {
        sightings.read(this.kind);
        if (!this.#isFlying(PATIENCE_MS)) this.around.waitUntil(this.#make().catch(() => {}));
        return this.#give(found, "stale", kept(found));
      }
    }
    try {
      return await this.#made();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailableError)) throw error;
      if (found === null || this.#watch.isOutdated(found)) throw error;
      return this.#give(found, "stale", kept(found));
    }
  }

  get #isAsked(): boolean {
    return this.cached && hasEdgeCache(this.key);
  }

  async #found(): Promise<Kept | null> {
    if (!this.#isAsked) return null;
    try {
      const match = async () => caches.default.match(this.key);
      const answer = await within<Response | undefined>(match(), CACHE_MS, () => undefined);
      const found = answer === undefined ? null : await restored(answer);
      // A clock that ran ahead has made it: how old it is, nobody knows.
      return found === null || ageOf(found) < -5 ? null : found;
    } catch {
      return null;
    }
  }

  /** Made by this request, or by another one that has just begun. */
  async #made(): Promise<Response> {
    const flight = flights.get(this.key);
    if (this.around.switches.isOn("collapsing") && flight && this.#isFlying(JOIN_LATE_MS)) {
      const isYoung = this.#isFlying(JOIN_MS);
      const landed = await within(flight.landed, PATIENCE_MS, () => null);
      if (landed !== null && (isYoung ? !this.#watch.isOutdated(landed) : await this.#watch.isRight(landed))) {
        const how = this.#isAsked ? "miss" : "bypass";
        return this.#give(landed, "hit", cacheStatus(null, { how, collapsed: true }));
      }
    }
    return this.#make();
  }

  /** Whether somebody began to make it at most `milliseconds` ago; one that was cut off does not count for long. */
  #isFlying(milliseconds: number): boolean {
    const age = Date.now() - (flights.get(this.key)?.since ?? Number.NEGATIVE_INFINITY);
    return age >= 0 && age <= milliseconds;
  }

  async #make(): Promise<Response> {
    const at = Date.now();
    let land: (kept: Kept | null) => void = () => {};
    let fail: (error: unknown) => void = () => {};
    const landed = new Promise<Kept | null>((resolve, reject) => {
      [land, fail] = [resolve, reject];
    });
    landed.catch(() => {});
    const flight = { since: at, landed };
    if (flights.size >= MANY_FLIGHTS) forgetFlights(at);
    flights.set(this.key, flight);
    const over = (): void => {
      if (flights.get(this.key) === flight) flights.delete(this.key);
    };
    try {
      const reading = this.cached ? this.#watch.readOn() : Promise.resolve();
      if (this.#watch.place === null) await reading;
      const made = { at: Date.now(), place: this.#watch.place };
      const answer = await this.compute();
      const verdict = this.#verdict(answer);
      const inner = verdictOf(answer);
      const kept = await keep(answer, made, (isNothing) => lifetimeOf(this.kind, isNothing, this.around.switches));
      land(kept);
      const how = this.#isAsked ? "miss" : "bypass";
      if (kept === null) {
        over();
        return passed(answer, verdict, { how });
      }
      const storing = verdict === "stale" ? null : this.#store(kept);
      if (storing === null) over();
      else this.around.waitUntil(storing.then(heard).then(over));
      const by = this.#chosenBy(kept);
      const edge: EdgeStatus = storing !== null ? { how: "stored", ttl: kept.lifetime.fresh, by } : { how, by };
      return this.#give(kept, verdict, cacheStatus(inner, edge));
    } catch (error) {
      over();
      fail(error);
      throw error;
    }
  }

  /** What there is nothing of has one lifetime alone. */
  #chosenBy({ status }: Kept): Lifetimes {
    return status === 200 && this.around.switches.isOn("smart-ttl") ? "seen" : "usual";
  }

  /** What Redis was passed by for, was missed here. */
  #verdict(answer: Response): Verdict {
    const inner = verdictOf(answer);
    return inner === null || inner === "bypass" ? (this.cached ? "miss" : "bypass") : inner;
  }

  /** The storing, which never fails; null where it is not one that the edge keeps. */
  #store(kept: Kept): Promise<void> | null {
    const answer = this.#isAsked ? stored(kept) : null;
    if (answer === null) return null;
    const store = async () => caches.default.put(this.key, answer);
    return store().catch(() => {});
  }

  #give(kept: Kept, verdict: Verdict, told: string): Response {
    const { request, switches } = this.around;
    const headers = new Headers(kept.headers.map(([name, value]) => [name, value]));
    headers.set("cache-control", CONTROL);
    headers.set("vary", "Accept-Encoding");
    headers.set("age", String(Math.max(0, Math.floor(ageOf(kept)))));
    headers.set(CACHE_HEADER, verdict);
    headers.set(STATUS_HEADER, told);
    if (kept.status === 200) {
      headers.set("etag", kept.etag);
      if (isUnchanged(request.headers.get("if-none-match"), kept.etag)) {
        headers.delete("content-type");
        return new Response(null, { status: 304, headers });
      }
    }
    const { body, status } = kept;
    const compressed =
      switches.isOn("compression") && compresses(request, headers.get("content-type"), body.byteLength);
    if (compressed) headers.set("content-encoding", "gzip");
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  }
}

/** Whoever has asked the edge before it was stored, and hears after it that there is nothing, may still join. */
function heard(): Promise<void> {
  return scheduler.wait(CACHE_MS);
}

function ageOf({ at }: Kept): number {
  return (Date.now() - at) / 1000;
}

/** As the edge had it. */
function kept(found: Kept): string {
  return cacheStatus(null, { how: "hit", ttl: found.lifetime.fresh - ageOf(found) });
}

/** As it was made, for nobody else. */
function passed(
  answer: Response,
  verdict: Verdict = verdictOf(answer) ?? "bypass",
  edge: EdgeStatus = { how: "bypass" },
): Response {
  const given = new Response(answer.body, answer);
  given.headers.set(STATUS_HEADER, cacheStatus(verdictOf(answer), edge));
  given.headers.set(CACHE_HEADER, verdict);
  return given;
}

function verdictOf({ headers }: Response): Verdict | null {
  const verdict = headers.get(CACHE_HEADER);
  return verdict === "hit" || verdict === "stale" || verdict === "miss" || verdict === "bypass" ? verdict : null;
}
