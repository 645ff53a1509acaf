/** What Redis keeps, and what is made of what Redis says.
 *
 * An entry names the generation of each of its tags. A tag's generation is a random word that each change replaces, so
 * an entry with another one is outdated, however it came about: nothing is looked for to be deleted, and a generation
 * that Redis has dropped never comes back as an old one. How old an entry is, Redis tells by what is left of its
 * lifetime: nobody's clock matters. */

import type { Entry } from "./caching";
import type { Lifetime } from "./lifetimes";
import type { Command, Reply } from "./redis";

/** An entry that was made for what its tags now say. `age` in seconds. */
export interface Kept {
  readonly value: unknown;
  readonly age: number;
  readonly lifetime: Lifetime;
}

export interface Looked {
  /** Null: nothing of use. */
  readonly kept: Kept | null;
  /** What was there, outdated or not: what a new value is compared with. */
  readonly former: { readonly value: unknown; readonly age: number } | null;
  /** Of each tag; null where a tag has none. */
  readonly generations: readonly (string | null)[];
  /** Somebody is making it. */
  readonly locked: boolean;
}

export const LONGEST_VALUE = 256 * 1024;
export const LOCK_MS = 5000;
const GENERATION_SECONDS = 7 * 86_400;
const LONGEST_KEY = 512;

const entryKey = (key: string): string => `entry:1:${key}`;
const lockKey = (key: string): string => `lock:1:${key}`;
const generationKey = (tag: string): string => `generation:${tag}`;

export function isKeepable({ key, tags }: Entry): boolean {
  return key.length <= LONGEST_KEY && tags.length > 0 && tags.length <= 32;
}

export function look({ key, tags }: Entry): Command[] {
  return [
    ["GET", entryKey(key)],
    ["PTTL", entryKey(key)],
    ["GET", lockKey(key)],
    ["MGET", ...tags.map(generationKey)],
  ];
}

/** Takes the lock if nobody has it, and gives each tag a generation that has none: `words` are theirs. */
export function prepare(entry: Entry, token: string, words: readonly string[]): Command[] {
  return [
    ["SET", lockKey(entry.key), token, "NX", "PX", LOCK_MS],
    ...entry.tags.map((tag, at): Command => {
      return ["SET", generationKey(tag), words[at] ?? token, "NX", "EX", GENERATION_SECONDS];
    }),
    ...look(entry),
  ];
}

/** Only whoever still has the lock stores: one that was overtaken may have an older value in its hands. */
const STORE = `if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[2], ARGV[2], "PX", ARGV[3])
redis.call("DEL", KEYS[1])
return 1`;
const RELEASE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`;

/** Null where the value is too large to be kept. */
export function store(
  { key, tags }: Entry,
  token: string,
  value: unknown,
  lifetime: Lifetime,
  generations: readonly (string | null)[],
  now: number,
): Command[] | null {
  const { fresh, stale, failing } = lifetime;
  const body = JSON.stringify({ key, written: now, fresh, stale, failing, generations, value });
  if (body.length > LONGEST_VALUE) return null;
  const milliseconds = wholeLife(lifetime) * 1000;
  return [
    ["EVAL", STORE, 2, lockKey(key), entryKey(key), token, body, milliseconds],
    ["MGET", ...tags.map(generationKey)],
  ];
}

export function release({ key }: Entry, token: string): Command[] {
  return [["EVAL", RELEASE, 1, lockKey(key), token]];
}

export function renew(tags: readonly string[], words: readonly string[]): Command[] {
  return tags.map((tag, at): Command => {
    return ["SET", generationKey(tag), words[at] ?? "", "EX", GENERATION_SECONDS];
  });
}

/** What the replies to `look` say; null where Redis does not tell the generations, so that nothing can be known. */
export function looked(entry: Entry, [content, left, lock, told]: readonly Reply[]): Looked | null {
  if (!Array.isArray(told) || told.length !== entry.tags.length) return null;
  if (typeof left !== "number") return null;
  const generations = told.map((one: unknown) => (typeof one === "string" ? one : null));
  const locked = typeof lock === "string";
  const read = parse(entry.key, content, left);
  if (read === null) return { kept: null, former: null, generations, locked };
  const { value, age, lifetime } = read;
  const current =
    read.generations.length === generations.length &&
    generations.every((one, at) => one !== null && one === read.generations[at]);
  return { kept: current ? { value, age, lifetime } : null, former: { value, age }, generations, locked };
}

function parse(key: string, content: unknown, left: number): (Kept & { generations: unknown[] }) | null {
  if (typeof content !== "string" || left <= 0) return null;
  let read: unknown;
  try {
    read = JSON.parse(content);
  } catch {
    return null;
  }
  if (typeof read !== "object" || read === null) return null;
  const { key: named, fresh, stale, failing, generations, value } = read as Record<string, unknown>;
  if (named !== key || value === undefined || !Array.isArray(generations)) return null;
  if (!isSeconds(fresh) || !isSeconds(stale) || !isSeconds(failing)) return null;
  const lifetime = { fresh, stale, failing };
  const age = wholeLife(lifetime) - left / 1000;
  return age < -1 ? null : { value, age: Math.max(0, age), lifetime, generations };
}

function wholeLife({ fresh, stale, failing }: Lifetime): number {
  return fresh + stale + failing;
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 86_400;
}
