/** Answers kept in Redis, for all isolates and all versions: an entry's key must say what shape its value has.
 *
 * Redis that is down, slow or talks rubbish makes answers slower, and nothing else. An entry is used only when Redis
 * says in the same breath that none of its tags has changed. For many who miss at once one fetches: in an isolate they
 * wait for whoever began, between isolates for a lock. */

import { DatabaseUnavailableError } from "../database/database";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import type { Switches } from "../switches";
import type { Caching, Entry, Verdict } from "./caching";
import { add, isPlace } from "./changes";
import { anotherEdition } from "./edition";
import { isKeepable, LOCK_MS, type Looked, look, looked, prepare, release, renew, store } from "./entries";
import type { Lifetime } from "./lifetimes";
import { Making } from "./making";
import { type Command, Redis } from "./redis";
import { Rounds } from "./rounds";
import { changes, lifetimeOf, sightings } from "./seen";

export { CACHE_HEADER, type Caching, type Entry, type Freshness, type Verdict } from "./caching";

type Access = Pick<Env, "FLAGS" | "RECORDER" | "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">;
type Defer = (work: Promise<unknown>) => void;
type Answer<T> = { value: T; verdict: Verdict };

const LOOK_MS = 400;
const MAKING_MS = 4000;
const POLLS_MS = [20, 40, 80, 120, 160, 200];
const TRIES = 3;
const TELL_AGAIN_MS = [100, 300, 1000, 3000, 6000, 10_000];
/** So often it was told again in vain when another edition is begun. */
const TOLD_IN_VAIN = 3;

// One an isolate.
const looking = new Rounds<Looked>();
const alone = new Rounds<unknown>();
const making = new Making();
/** Tags of which Redis has not been told yet that they changed → how many requests see to it. */
const untold = new Map<string, number>();

export function cachingOf(
  env: Access,
  switches: Switches,
  observed: Observation,
  waitUntil: Defer,
): Caching {
  return new RedisCaching(env, new Redis(env, observed), switches, waitUntil);
}

class RedisCaching implements Caching {
  constructor(
    readonly env: Access,
    readonly redis: Redis,
    readonly switches: Switches,
    readonly waitUntil: Defer,
  ) {}

  async answer<T>(wanted: Entry, compute: () => Promise<T>): Promise<Answer<T>> {
    sightings.read(wanted.kind);
    const { edition } = this.switches;
    const entry = edition === "" ? wanted : { ...wanted, key: `${edition}:${wanted.key}` };
    const isKnown = this.#isKnown(entry.tags);
    if (this.switches.isOn("redis") && isKnown && isKeepable(entry)) {
      let unknown = 0;
      for (let left = TRIES; left > 0 && unknown < 2; left--) {
        const answer = await this.#fromRedis(entry, compute);
        // Asked too late once, it may know the next time, when others have been answered.
        if (answer === "unknown") unknown += 1;
        else if (answer !== "again") return answer;
      }
    }
    return { value: await this.#alone(entry, compute), verdict: "bypass" };
  }

  async invalidate(tags: readonly string[]): Promise<void> {
    const all = [...new Set(tags)];
    if (all.length === 0) return;
    const now = Date.now();
    changes.own(all, now);
    for (const tag of all) untold.set(tag, (untold.get(tag) ?? 0) + 1);
    if (await this.#tell(all)) return;
    if (await this.#tell(all)) return;
    this.waitUntil(this.#tellLater(all, now));
  }

  /** `unknown`: Redis does not say. `again`: what was found is outdated by now. */
  async #fromRedis<T>(
    entry: Entry,
    compute: () => Promise<T>,
  ): Promise<Answer<T> | "unknown" | "again"> {
    const found = await this.#look(entry);
    if (found === null) return (await this.#joined<T>(entry)) ?? "unknown";
    const { kept } = found;
    if (kept !== null) {
      const { fresh, stale } = kept.lifetime;
      if (kept.age < fresh) return { value: kept.value as T, verdict: "hit" };
      if (kept.age < fresh + stale) {
        if (!making.has(entry.key)) {
          this.waitUntil(this.#make(entry, compute, found, false).catch(() => {}));
        }
        return { value: kept.value as T, verdict: "stale" };
      }
    }
    try {
      return await this.#made(entry, compute, found);
    } catch (error) {
      // Right by its tags, and only past its time: better than nothing.
      if (kept === null || !(error instanceof DatabaseUnavailableError)) throw error;
      return { value: kept.value as T, verdict: "stale" };
    }
  }

  async #made<T>(
    entry: Entry,
    compute: () => Promise<T>,
    found: Looked,
  ): Promise<Answer<T> | "again"> {
    if (!this.switches.isOn("collapsing")) return this.#make(entry, compute, found, true);
    return (await this.#joined<T>(entry)) ?? this.#make(entry, compute, found, true);
  }

  /** What another request of this isolate makes; null where none does. */
  async #joined<T>({ key }: Entry): Promise<Answer<T> | "again" | null> {
    if (!this.switches.isOn("collapsing")) return null;
    const landed = await making.join(key, MAKING_MS);
    if (landed === null) return null;
    if ("error" in landed) throw landed.error;
    return landed.held ? { value: landed.value as T, verdict: "hit" } : "again";
  }

  /** Makes the value and stores it; `wanted`: somebody waits for it, whoever else is making it. */
  async #make<T>(
    entry: Entry,
    compute: () => Promise<T>,
    found: Looked,
    wanted: boolean,
  ): Promise<Answer<T>> {
    const { done, land } = making.begin(entry.key);
    try {
      const token = crypto.randomUUID();
      const right = await this.#prepare(entry, token, wanted && this.switches.isOn("collapsing"));
      if (right !== null && "value" in right) {
        land({ value: right.value, held: true });
        return { value: right.value as T, verdict: "hit" };
      }
      if (right === null && !wanted) {
        land({ value: null, held: false });
        throw new Error("somebody else makes it");
      }
      const value = await this.#compute(entry, compute, token, right !== null);
      done();
      this.#sight(entry, found, value);
      const storing = this.#store(entry, token, value, right?.generations ?? null);
      this.waitUntil(storing.then((held) => land({ value, held })));
      return { value, verdict: "miss" };
    } catch (error) {
      land({ error });
      throw error;
    } finally {
      done();
    }
  }

  async #compute<T>(entry: Entry, compute: () => Promise<T>, token: string, locked: boolean): Promise<T> {
    try {
      return await compute();
    } catch (error) {
      if (locked) this.waitUntil(this.#ask(release(entry, token)));
      throw error;
    }
  }

  /** The right to store, by which generations; or what somebody else has stored meanwhile; or null: no right. */
  async #prepare(
    entry: Entry,
    token: string,
    patient: boolean,
  ): Promise<{ generations: Looked["generations"] } | { value: unknown } | null> {
    const words = entry.tags.map(() => crypto.randomUUID());
    for (let poll = 0, waited = 0; ; poll++) {
      const replies = await this.#ask(prepare(entry, token, words));
      const now = replies === null ? null : looked(entry, replies.slice(entry.tags.length + 1));
      if (replies === null || now === null) return null;
      if (replies[0] === "OK") {
        const { kept } = now;
        if (kept === null || kept.age >= kept.lifetime.fresh) return { generations: now.generations };
        await this.#ask(release(entry, token));
        return { value: kept.value };
      }
      if (now.kept !== null && now.kept.age < now.kept.lifetime.fresh) return { value: now.kept.value };
      if (!patient || waited > LOCK_MS / 2) return null;
      const wait = POLLS_MS[Math.min(poll, POLLS_MS.length - 1)] ?? 0;
      waited += wait;
      await scheduler.wait(wait * (0.5 + Math.random()));
    }
  }

  /** Whether nothing that the value depends on has changed since `generations`. */
  async #store(
    entry: Entry,
    token: string,
    value: unknown,
    generations: Looked["generations"] | null,
  ): Promise<boolean> {
    if (generations === null) return false;
    const kept: Lifetime = lifetimeOf(entry.kind, value === null, this.switches);
    const commands = store(entry, token, value, kept, generations, Date.now());
    if (commands === null) {
      await this.#ask(release(entry, token));
      return false;
    }
    const now = (await this.#ask(commands))?.[1];
    return Array.isArray(now) && now.every((one, at) => one !== null && one === generations[at]);
  }

  #sight({ kind }: Entry, { former }: Looked, value: unknown): void {
    if (former === null || former.value === null || value === null) return;
    sightings.remade(kind, JSON.stringify(former.value) !== JSON.stringify(value), former.age);
  }

  async #look(entry: Entry): Promise<Looked | null> {
    const ask = async (): Promise<Looked> => {
      const found = looked(entry, await this.redis.pipeline(look(entry)));
      if (found === null) throw new Error("Redis does not tell the generations");
      return found;
    };
    try {
      if (!this.switches.isOn("collapsing")) return await ask();
      // Entries of one key may have other tags.
      return await looking.share(JSON.stringify([entry.key, entry.tags]), LOOK_MS, ask);
    } catch {
      return null;
    }
  }

  async #alone<T>(entry: Entry, compute: () => Promise<T>): Promise<T> {
    if (!this.switches.isOn("collapsing")) return compute();
    return (await alone.share(entry.key, MAKING_MS, compute)) as T;
  }

  async #tell(tags: readonly string[]): Promise<boolean> {
    const words = tags.map(() => crypto.randomUUID());
    const replies = await this.#ask([...renew(tags, words), add(tags)], true);
    if (replies === null || replies.slice(0, tags.length).some((reply) => reply !== "OK")) return false;
    const place = replies[tags.length];
    if (!isPlace(place)) return false;
    changes.note(place, tags);
    for (const tag of tags) {
      const left = (untold.get(tag) ?? 1) - 1;
      if (left > 0) untold.set(tag, left);
      else untold.delete(tag);
    }
    return true;
  }

  /** They stay untold when that has no end; then whoever asks for one of them tries again. */
  async #tellLater(tags: readonly string[], change: number): Promise<void> {
    for (const [time, wait] of TELL_AGAIN_MS.entries()) {
      await scheduler.wait(wait);
      if (await this.#tell(tags)) return;
      if (time + 1 === TOLD_IN_VAIN) await anotherEdition(this.env, change);
    }
    for (const tag of tags) untold.set(tag, Math.max(0, (untold.get(tag) ?? 0) - 1));
  }

  /** Whether Redis can know all that has changed of these tags. */
  #isKnown(tags: readonly string[]): boolean {
    if (untold.size === 0) return true;
    const left = tags.filter((tag) => untold.get(tag) === 0);
    if (left.length > 0) {
      for (const tag of left) untold.set(tag, 1);
      // Another edition was begun for them when they were told in vain before.
      this.waitUntil(this.#tellLater(left, Number.NEGATIVE_INFINITY));
    }
    return !tags.some((tag) => untold.has(tag));
  }

  async #ask(commands: readonly Command[], urgent = false): Promise<unknown[] | null> {
    try {
      return await this.redis.pipeline(commands, { urgent });
    } catch {
      return null;
    }
  }
}
