/** `GET /metrics`: the four recorders as one. */

import { replied } from "../src/objects";
import { RECORDERS } from "../src/recording";
import { type Counts, merge, noCounts } from "../src/recording/counts";
import type { Env } from "./env";

export const KEPT_SECONDS = 2 * 3600;

export type ByVersion = Record<string, Counts>;

export interface Slice {
  /** First second of the slice. */
  readonly start: number;
  /** The second after its last. */
  readonly end: number;
  readonly versions: ByVersion;
}

/** How far a recorder's seconds are complete, and when it last heard of each version. */
export interface Progress {
  readonly through: number;
  readonly lastSeen: Record<string, number>;
  /** Malformed reports, or parts of them, since the object was started. */
  readonly dropped: number;
}

export interface Metrics {
  /** Seconds up to this one are complete: the next question is `after` it. */
  readonly through: number;
  readonly now: number;
  readonly versions: ByVersion;
  readonly lastSeen: Record<string, number>;
  readonly dropped: number;
  readonly slices?: readonly Slice[];
}

/** Throws when a recorder does not answer: numbers without its part would be taken for all there are. */
export async function readMetrics(
  recorder: Pick<Env["RECORDER"], "getByName">,
  after: number,
  every: number | null,
): Promise<Metrics> {
  const stubs = RECORDERS.map((name) => recorder.getByName(name));
  const progress = await Promise.all(stubs.map((stub) => replied(stub.progress())));
  const through = Math.min(...progress.map((one) => one.through));
  const read = await Promise.all(
    stubs.map((stub) => replied(stub.read(after, through, every ?? KEPT_SECONDS))),
  );
  const lastSeen: Record<string, number> = {};
  for (const [version, second] of progress.flatMap((one) => Object.entries(one.lastSeen))) {
    lastSeen[version] = Math.max(second, lastSeen[version] ?? 0);
  }
  // The types of calls between objects do not know pairs.
  const slices = mergeSlices(read.flat() as Slice[]);
  const versions: ByVersion = {};
  for (const slice of slices) addTo(versions, slice.versions);
  const dropped = progress.reduce((sum, one) => sum + one.dropped, 0);
  const metrics = { through, now: Date.now() / 1000, versions, lastSeen, dropped };
  return every === null ? metrics : { ...metrics, slices };
}

function mergeSlices(given: readonly Slice[]): Slice[] {
  const merged = new Map<number, Slice>();
  for (const slice of given) {
    const known = merged.get(slice.start);
    if (known === undefined) merged.set(slice.start, { ...slice, versions: addTo({}, slice.versions) });
    else addTo(known.versions, slice.versions);
  }
  return [...merged.values()].sort((one, other) => one.start - other.start);
}

function addTo(into: ByVersion, from: Readonly<Record<string, Counts>>): ByVersion {
  for (const [version, counts] of Object.entries(from)) {
    merge((into[version] ??= noCounts()), counts);
  }
  return into;
}
