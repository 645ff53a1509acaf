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

export type Optimisation = (typeof OPTIMISATIONS)[number];

export type { Maintenance };

export interface Switches {
  isOn(name: Optimisation): boolean;
  /** Null while there is none. */
  readonly maintenance: Maintenance | null;
}
