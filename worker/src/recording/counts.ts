/** What is counted of a version's requests, and how two counts become one. */

import { bucket } from "./latency";

export interface Counts {
  requests: number;
  errors: number;
  /** Bucket (`latency.ts`) → requests. */
  latency: Record<string, number>;
  /** An open map: `cache.requests`, `database.failures`, `security`, … */
  counters: Record<string, number>;
  /** `route:GET /flags`, `continent:EU`, `visitor:new` → [requests, errors]. */
  segments: Record<string, [requests: number, errors: number]>;
  /** Requests of our own (header `pitchey-probe`), which are in none of the numbers above. */
  probes: { requests: number; errors: number };
}

/** What an isolate counted of one version in about a second. */
export interface Report {
  /** The same when a report is sent again, so that nothing is counted twice. */
  readonly id: string;
  readonly version: string;
  readonly counts: Counts;
}

/** One request, when it was answered. */
export interface Answered {
  /** Its status was 500 or more, or it ended in an exception. */
  readonly failed: boolean;
  readonly milliseconds: number;
  readonly segments: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly probe: boolean;
}

export const MAX_SEGMENTS = 48;
export const MAX_COUNTERS = 32;
/** More in one report is a mistake. */
export const LARGEST_COUNT = 1_000_000_000;
/** Where the requests of a segment go that has no place of its own any more. */
export const OTHER_SEGMENT = "route:other";
/** Requests that an isolate could not report in time: a counter of the version that served them. */
export const UNREPORTED = "recording.dropped";

export function noCounts(): Counts {
  return {
    requests: 0,
    errors: 0,
    latency: {},
    counters: {},
    segments: {},
    probes: { requests: 0, errors: 0 },
  };
}

export function add(counts: Counts, answered: Answered): void {
  const errors = answered.failed ? 1 : 0;
  if (answered.probe) {
    counts.probes.requests += 1;
    counts.probes.errors += errors;
    return;
  }
  counts.requests += 1;
  counts.errors += errors;
  const index = bucket(answered.milliseconds);
  counts.latency[index] = (counts.latency[index] ?? 0) + 1;
  for (const [name, value] of Object.entries(answered.counters)) {
    addCounter(counts, name, value);
  }
  for (const name of answered.segments) addSegment(counts, name, 1, errors);
}

/** Adds `from` to `into`. */
export function merge(into: Counts, from: Counts): Counts {
  into.requests += from.requests;
  into.errors += from.errors;
  into.probes.requests += from.probes.requests;
  into.probes.errors += from.probes.errors;
  for (const [index, value] of Object.entries(from.latency)) {
    into.latency[index] = (into.latency[index] ?? 0) + value;
  }
  for (const [name, value] of Object.entries(from.counters)) addCounter(into, name, value);
  for (const [name, [requests, errors]] of Object.entries(from.segments)) {
    addSegment(into, name, requests, errors);
  }
  return into;
}

export function addCounter(counts: Counts, name: string, value: number): void {
  const known = counts.counters[name];
  if (known === undefined && Object.keys(counts.counters).length >= MAX_COUNTERS) return;
  counts.counters[name] = (known ?? 0) + value;
}

function addSegment(counts: Counts, wanted: string, requests: number, errors: number): void {
  let segment = counts.segments[wanted];
  if (segment === undefined) {
    const full = Object.keys(counts.segments).length >= MAX_SEGMENTS - 1;
    segment = counts.segments[full ? OTHER_SEGMENT : wanted] ??= [0, 0];
  }
  segment[0] += requests;
  segment[1] += errors;
}
