/** Which requests are answered with what everybody may see, so that an answer may be kept for others. */

import type { Route } from "../performance";

const DETAIL = /^\/api\/pitches\/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const LISTED = ["genre", "format", "q", "cursor", "limit"];
// What people write themselves, a genre too, and where they are in a list.
const OWN = ["q", "genre", "cursor"];
const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Null for a request whose answer is its own, or that is going to be refused for its query: an answer that was kept
 * must not be given where none would have been. */
export function publicRoute(method: string, { pathname, searchParams }: URL): Route | null {
  if (!READS.has(method)) return null;
  const route = routeAt(pathname, searchParams);
  if (route === null) return null;
  const names = [...searchParams.keys()];
  const isPlain = names.every((name, index) => route.query.includes(name) && names.indexOf(name) === index);
  return isPlain ? route : null;
}

/** The path of a public route by which anybody may ask for the same again; null where somebody's own words or their
 * place in a list are in it. One path for all ways to write the query. */
export function repeatable({ query }: Route, { pathname, searchParams }: URL): string | null {
  if (OWN.some((name) => searchParams.has(name))) return null;
  const known = [...searchParams].filter(([name, value]) => query.includes(name) && value !== "");
  const sorted = new URLSearchParams(known.sort(([one], [other]) => (one < other ? -1 : 1)));
  return sorted.size === 0 ? pathname : `${pathname}?${sorted}`;
}

function routeAt(path: string, query: URLSearchParams): Route | null {
  if (path === "/api/pitches") return { kind: query.has("q") ? "search" : "list", query: LISTED };
  if (path === "/api/pitches/trending") return { kind: "trending", query: ["limit"] };
  return DETAIL.test(path) ? { kind: "detail", query: [] } : null;
}
