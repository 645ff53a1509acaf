/** An answer apart from its request: what may be kept of it, and how the edge's cache keeps it. */

import type { Lifetime } from "../cache/lifetimes";
import type { Made } from "../cache/watch";
import { isPlace } from "../cache/changes";
import { etagOf } from "./etag";

export interface Kept extends Made {
  readonly status: number;
  /** Those of `HEADERS` that it has. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly lifetime: Lifetime;
}

/** What others may be told, too. Whatever is said to one alone (cookies, an allowed origin) is not among it. */
const HEADERS = ["content-type", "content-language", "link"] as const;
const STATUSES: ReadonlySet<number> = new Set([200, 404, 410]);
const LARGEST = 1 << 20;
const MAKING = "pitchey-made";

/** Null where the answer is not for everybody, or does not say so; else its body is read. */
export async function keep(
  answer: Response,
  made: { readonly at: number; readonly place: Made["place"] },
  lifetime: (isNothing: boolean) => Lifetime,
): Promise<Kept | null> {
  if (!isPublic(answer)) return null;
  const body = new Uint8Array(await answer.arrayBuffer());
  return {
    ...made,
    tags: tagsOf(answer.headers),
    status: answer.status,
    headers: headersOf(answer),
    body,
    etag: await etagOf(body),
    lifetime: lifetime(answer.status !== 200),
  };
}

export function isPublic({ status, headers }: Response): boolean {
  const control = (headers.get("cache-control") ?? "").toLowerCase().split(",").map((part) => part.trim());
  if (!control.includes("public") || control.some((part) => /^(?:private|no-store)\b/.test(part))) return false;
  if (headers.has("set-cookie") || headers.has("content-encoding")) return false;
  const vary = (headers.get("vary") ?? "").toLowerCase().split(",").map((part) => part.trim());
  if (vary.some((name) => !["", "accept-encoding", "origin"].includes(name))) return false;
  // What nothing can take away is kept for seconds only.
  return STATUSES.has(status) && (status !== 200 || tagsOf(headers).length > 0);
}

export function tagsOf(headers: Headers): string[] {
  const tags = (headers.get("cache-tag") ?? "").split(",").map((tag) => tag.trim());
  return tags.filter((tag) => tag !== "");
}

/** As the edge's cache takes it, with its tags for a purge of the zone; null where it is too large. */
export function stored(kept: Kept): Response | null {
  if (kept.body.byteLength > LARGEST) return null;
  const { at, place, tags, status, headers, body, etag, lifetime } = kept;
  const { fresh, stale, failing } = lifetime;
  const answer = new Response(body, { status, headers: headers.map(([name, value]) => [name, value]) });
  answer.headers.set("cache-control", `public, max-age=${fresh + stale + failing}`);
  if (tags.length > 0) answer.headers.set("cache-tag", tags.join(","));
  answer.headers.set(MAKING, JSON.stringify({ at, place, tags, etag, lifetime }));
  return answer;
}

/** What `stored` has stored; null where it is something else. */
export async function restored(answer: Response): Promise<Kept | null> {
  const making = parse(answer.headers.get(MAKING) ?? "");
  if (making === null || !STATUSES.has(answer.status)) return null;
  const body = new Uint8Array(await answer.arrayBuffer());
  return { ...making, status: answer.status, headers: headersOf(answer), body };
}

function headersOf({ headers }: Response): [string, string][] {
  return HEADERS.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

function parse(text: string): Pick<Kept, "at" | "place" | "tags" | "etag" | "lifetime"> | null {
  try {
    const { at, place, tags, etag, lifetime } = JSON.parse(text) as Record<string, unknown>;
    const { fresh, stale, failing } = lifetime as Record<string, unknown>;
    if (typeof fresh !== "number" || typeof stale !== "number" || typeof failing !== "number") return null;
    if (typeof at !== "number" || typeof etag !== "string" || !Array.isArray(tags)) return null;
    const read = { at, place: isPlace(place) ? place : null, tags: tags.map(String), etag };
    return { ...read, lifetime: { fresh, stale, failing } };
  } catch {
    return null;
  }
}
