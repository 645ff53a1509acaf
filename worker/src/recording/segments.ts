/** The groups a request belongs to, so that a fault in one of them alone is seen. */

import { OTHER_SEGMENT } from "./counts";

// Every known route of every usual method, and every continent and visitor: still less than a version may have.
const PLACES: ReadonlySet<string> = new Set(["", "api", "health", "version", "flags", "counter"]);
// The first part of the path. This is done for each request, and parsing all of the address takes ten times as long.
const PLACE = /^[a-z]+:\/\/[^/?#]*\/([^/?#]*)/;
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);
const CONTINENTS: ReadonlySet<string> = new Set(["AF", "AN", "AS", "EU", "NA", "OC", "SA"]);

/** The pattern of the route that a path's first part leads to; `other` for what is at none. */
export function routeOf(url: string): string {
  const [, place = ""] = PLACE.exec(url) ?? [];
  return PLACES.has(place) ? `/${place}` : "other";
}

/** `route:POST /flags`, `continent:EU` (left out where the edge does not tell), `visitor:new`. */
export function segments(request: Request, returning: boolean): string[] {
  const { method, url, cf } = request;
  const [, place = ""] = PLACE.exec(url) ?? [];
  const known = METHODS.has(method) && PLACES.has(place);
  const found = [
    known ? `route:${method} /${place}` : OTHER_SEGMENT,
    `visitor:${returning ? "returning" : "new"}`,
  ];
  const continent = cf?.continent;
  if (typeof continent === "string" && CONTINENTS.has(continent)) {
    found.push(`continent:${continent}`);
  }
  return found;
}
