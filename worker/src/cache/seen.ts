/** What this isolate has seen: how often each kind of answer changes and is read, and what has changed. */

import type { Switches } from "../switches";
import type { Freshness } from "./caching";
import { Changes } from "./changes";
import { BOUNDS, type Lifetime, lifetime, NEGATIVE, Sightings } from "./lifetimes";

export const sightings = new Sightings();
export const changes = new Changes();

/** `isNothing`: the answer is that there is nothing. */
export function lifetimeOf(kind: Freshness, isNothing: boolean, switches: Switches): Lifetime {
  if (isNothing) return NEGATIVE;
  return lifetime(BOUNDS[kind], switches.isOn("smart-ttl") ? sightings.of(kind) : null);
}
