/** Optimisations that can be turned off while the Worker serves. */

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

export interface Maintenance {
  /** Seconds after which a client may come again. */
  readonly retryAfter: number;
}

export interface Switches {
  isOn(name: Optimisation): boolean;
  /** Null while there is none. */
  readonly maintenance: Maintenance | null;
}
