/** Reports as they come in: what is malformed in one is left out, and nothing of it reaches the caller as an error. */

import {
  addCounter,
  type Counts,
  LARGEST_COUNT,
  merge,
  noCounts,
  type Report,
} from "../src/recording/counts";
import { LARGEST_BUCKET } from "../src/recording/latency";

const ID = /^[A-Za-z0-9][\w-]{0,63}$/;
const COUNTER = /^[a-z][\w.-]{0,63}$/;
const SEGMENT = /^[a-z]{1,16}:[\x20-\x7e]{1,80}$/;
const MAX_PARTS = 512;

export interface Read {
  readonly report: Report | null;
  /** Parts of it that were malformed. */
  readonly dropped: number;
}

export function readReport(value: unknown): Read {
  const { id, version, counts } = asRecord(value);
  if (typeof id !== "string" || id.length > 128) return { report: null, dropped: 1 };
  if (typeof version !== "string" || !ID.test(version)) return { report: null, dropped: 1 };
  const given = asRecord(counts);
  const read = noCounts();
  let dropped = 0;
  const number = (part: unknown): number => {
    if (isCount(part)) return part;
    dropped += 1;
    return 0;
  };
  read.requests = number(given.requests);
  read.errors = Math.min(number(given.errors), read.requests);
  const probes = asRecord(given.probes);
  read.probes.requests = number(probes.requests);
  read.probes.errors = Math.min(number(probes.errors), read.probes.requests);
  for (const [index, part] of parts(given.latency)) {
    const known = /^(0|[1-9]\d{0,2})$/.test(index) && Number(index) <= LARGEST_BUCKET;
    if (known && isCount(part)) read.latency[index] = part;
    else dropped += 1;
  }
  for (const [name, part] of parts(given.counters)) {
    if (COUNTER.test(name) && isCount(part)) addCounter(read, name, part);
    else dropped += 1;
  }
  const segments: Counts["segments"] = {};
  for (const [name, part] of parts(given.segments)) {
    const [requests, errors] = Array.isArray(part) ? (part as unknown[]) : [];
    if (SEGMENT.test(name) && isCount(requests) && isCount(errors)) {
      segments[name] = [requests, Math.min(errors, requests)];
    } else dropped += 1;
  }
  // Merged and not assigned, so that more segments than a version may have go where the rest goes.
  merge(read, { ...noCounts(), segments });
  return { report: { id, version, counts: read }, dropped };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST_COUNT;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function parts(value: unknown): [string, unknown][] {
  return Object.entries(asRecord(value)).slice(0, MAX_PARTS);
}
