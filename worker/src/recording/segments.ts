/** The groups a request belongs to, so that a fault in one of them alone is seen. */

import { OTHER_SEGMENT } from "./counts";

// Every known route of every usual method, and every continent and visitor: still less than a version may have.
const PLACES: ReadonlySet<string> = new Set(["", "api", "health", "version", "flags", "counter"]);
// The first part of the path. This is done for each request, and parsing all of the address takes ten times as long.
const PLACE = /^[a-z]+:\/\/[^/?#]*\/([^/?#]*)/;
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const CONTINENTS: ReadonlySet<string> = new Set(["AF", "AN", "AS", "EU", "NA", "OC", "SA"]);

export const OTHER_ROUTE = "other";

/** The pattern of the route that a path's first part leads to; `other` for what is at none. */
export function routeOf(url: string): string {
  const [, place = ""] = PLACE.exec(url) ?? [];
  return PLACES.has(place) ? `/${place}` : OTHER_ROUTE;
}

/** `route:POST /flags`, `continent:EU` (left out where the edge does not tell), `visitor:new`.
 *
 * `route` is what `routeOf` says of the request's address. */
export function segments({ method, cf }: Request, route: string, returning: boolean): string[] {
  const known = METHODS.has(method) && route !== OTHER_ROUTE;
  const found = [
    known ? `route:${method} ${route}` : OTHER_SEGMENT,
    `visitor:${returning ? "returning" : "new"}`,
  ];
  const continent = cf?.continent;
  if (typeof continent === "string" && CONTINENTS.has(continent)) {
    found.push(`continent:${continent}`);
  }
  return found;
}
