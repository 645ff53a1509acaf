/** Optimisations that can be turned off while the Worker serves. */

import type { Maintenance } from "../security/maintenance";

export const OPTIMISATIONS = [
  "edge-cache",
  "compression",
  "hyperdrive",
  "redis",
  "collapsing",
  "smart-ttl",
  "warming",
] as const;

/** The key that tells which edition of what is kept is the current one (`cache/edition.ts`). */
export const EDITION = "cache-edition";

export type Optimisation = (typeof OPTIMISATIONS)[number];

export type { Maintenance };

export interface Switches {
  isOn(name: Optimisation): boolean;
  /** Null while there is none. */
  readonly maintenance: Maintenance | null;
  /** What is kept is of one edition; empty is the first. */
  readonly edition: string;
}
