/** What has changed, as an isolate knows it: a list of changes in Redis that it reads once a second.
 *
 * An answer that was made at a place of the list is good as long as no later place names one of its tags. So thousands
 * of answers at the edge are kept right by one small question a second. */

import type { Command, Reply } from "./redis";

/** A place in the list: the id of one of a stream's entries, `<milliseconds>-<number>`, by Redis's own clock. */
export type Place = string;

const LIST = "changes:1";
const KEPT = 1000;
const AT_ONCE = 500;
const MOST_TAGS = 5000;
const START = "0-0";
const ID = /^(\d{1,16})-(\d{1,16})$/;

/** An answer is at most so far behind a change that somebody else has made. */
export const BEHIND_MS = 2000;
export const READ_AGAIN_MS = 1000;

export function add(tags: readonly string[]): Command {
  return ["XADD", LIST, "MAXLEN", "~", KEPT, "*", "tags", JSON.stringify(tags)];
}

export class Changes {
  #place: Place | null = null;
  /** The latest that is known of, never before `#place`: the list may not have been read as far as a change of ours. */
  #latest: Place = START;
  /** Nothing is known of what happened up to here. */
  #floor: Place = START;
  readonly #changed = new Map<string, Place>();
  /** Changes of our own that the list has perhaps not been told of: tag → when. */
  readonly #own = new Map<string, number>();
  #knownAt = Number.NEGATIVE_INFINITY;
  #asked = Number.NEGATIVE_INFINITY;

  /** The latest of the list that is known of; null before it was read. What is made from now on is of this place or
   * later: whoever adds to the list has made the change before. */
  get place(): Place | null {
    return this.#place === null ? null : this.#latest;
  }

  /** Whether it is time to ask, and nobody has just done so. */
  isDue(now: number): boolean {
    return !this.#within(this.#asked, now, READ_AGAIN_MS);
  }

  isKnown(now: number): boolean {
    return this.#within(this.#knownAt, now, BEHIND_MS);
  }

  /** The commands by which it is read on; what they are replied goes to `hear`. */
  ask(now: number): Command[] {
    this.#asked = now;
    if (this.#place === null) return [["XREVRANGE", LIST, "+", "-", "COUNT", 1]];
    return [["XRANGE", LIST, this.#place, "+", "COUNT", AT_ONCE + 1]];
  }

  /** `asked` is when it was asked. `empty`: nothing to go by before something is added, be it no tag at all. */
  hear([reply]: readonly Reply[], asked: number): "known" | "empty" | "rubbish" {
    const read = entries(reply);
    if (read === null) return "rubbish";
    const [first] = read;
    const last = read.at(-1);
    if (first === undefined || last === undefined) {
      // There never was one, or Redis has lost it, and whatever else was in it.
      this.#place = null;
      return "empty";
    }
    // Of what was before the first time, nothing is known; nor where what comes after our place cannot all be here.
    if (this.#place === null || first.id !== this.#place || read.length > AT_ONCE) {
      this.#reset(last.id);
      // It may have been another list, of whose places what we know says nothing.
      this.#latest = last.id;
    } else for (const { id, tags } of read.slice(1)) this.note(id, tags);
    this.#place = last.id;
    this.#knownAt = asked;
    return "known";
  }

  /** A change of these tags has the place `id`; others before it may not be known yet. */
  note(id: Place, tags: readonly string[]): void {
    if (isLater(id, this.#latest)) this.#latest = id;
    for (const tag of tags) {
      if (isLater(id, this.#changed.get(tag) ?? START)) this.#changed.set(tag, id);
    }
    if (this.#changed.size > MOST_TAGS) this.#reset(id);
  }

  /** A change of our own, before anybody else is told. */
  own(tags: readonly string[], now: number): void {
    for (const tag of tags) this.#own.set(tag, now);
    // Until the list was read again, whatever is made has a place before this change.
    this.#asked = Number.NEGATIVE_INFINITY;
    if (this.#own.size <= MOST_TAGS) return;
    for (const tag of [...this.#own.keys()].slice(0, MOST_TAGS / 2)) this.#own.delete(tag);
  }

  /** Whether anything is known against an answer with these tags, made at `place` and at the time `made`. */
  isOutdated(place: Place | null, tags: readonly string[], made: number): boolean {
    if (tags.some((tag) => (this.#own.get(tag) ?? Number.NEGATIVE_INFINITY) >= made)) return true;
    if (place === null) return false;
    return tags.some((tag) => isLater(this.#changed.get(tag) ?? START, place));
  }

  /** Whether all changes after `place` are known. */
  reaches(place: Place | null): boolean {
    return place !== null && this.#place !== null && !isLater(this.#floor, place);
  }

  #reset(place: Place): void {
    this.#changed.clear();
    this.#floor = place;
  }

  #within(then: number, now: number, milliseconds: number): boolean {
    return now - then < milliseconds && now >= then;
  }
}

export function isPlace(value: unknown): value is Place {
  return typeof value === "string" && ID.test(value);
}

function isLater(one: Place, other: Place): boolean {
  const [, milliseconds = 0, number = 0] = ID.exec(one)?.map(Number) ?? [];
  const [, otherMilliseconds = 0, otherNumber = 0] = ID.exec(other)?.map(Number) ?? [];
  return milliseconds === otherMilliseconds ? number > otherNumber : milliseconds > otherMilliseconds;
}

function entries(reply: Reply): { id: Place; tags: string[] }[] | null {
  if (!Array.isArray(reply)) return null;
  const read: { id: Place; tags: string[] }[] = [];
  for (const one of reply as unknown[]) {
    const [id, fields] = Array.isArray(one) ? (one as unknown[]) : [];
    if (!isPlace(id) || !Array.isArray(fields)) return null;
    const tags = list(fields[1]);
    if (tags === null) return null;
    read.push({ id, tags });
  }
  return read;
}

function list(text: unknown): string[] | null {
  try {
    const tags: unknown = JSON.parse(String(text));
    return Array.isArray(tags) && tags.every((tag) => typeof tag === "string") ? tags : null;
  } catch {
    return null;
  }
}
