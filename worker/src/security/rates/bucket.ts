/** A token bucket: it holds `capacity` tokens, fills up evenly in `seconds`, and each request takes some. */

export interface Rule {
  /** Requests that may come at once. */
  readonly capacity: number;
  /** In which an empty bucket becomes full. */
  readonly seconds: number;
}

export interface Bucket {
  readonly tokens: number;
  /** When it held them, Unix milliseconds. */
  readonly at: number;
}

export interface Taken {
  readonly allowed: boolean;
  /** Whole requests that are left. */
  readonly remaining: number;
  /** Seconds until the bucket is full again, if nobody takes anything. */
  readonly fullIn: number;
  /** Seconds until the same request would be allowed; 0 when it is. */
  readonly retryIn: number;
}

// Fractions of a token do not add up exactly; who waited as long as told is not refused for the last bit of one.
const HAIR = 1e-6;

/** Takes `cost` tokens at `now` (Unix milliseconds), or none when there are too few. `bucket` is null for a new caller.
 *
 * A clock that went back neither fills nor empties the bucket. */
export function take(bucket: Bucket | null, rule: Rule, now: number, cost = 1): [Bucket, Taken] {
  const { capacity, seconds } = rule;
  const perMillisecond = capacity / (seconds * 1000);
  const passed = bucket === null ? 0 : Math.max(0, now - bucket.at);
  const held = bucket === null ? capacity : Math.min(capacity, Math.max(0, bucket.tokens) + passed * perMillisecond);
  const untilFilled = (missing: number): number =>
    Math.max(0, Math.ceil((missing - HAIR) / perMillisecond / 1000));
  const allowed = held + HAIR >= cost;
  const tokens = allowed ? Math.max(0, held - cost) : held;
  const at = bucket === null ? now : Math.max(now, bucket.at);
  // What costs more than the bucket holds is never allowed; a whole filling is what can honestly be told.
  const missing = Math.min(cost, capacity) - tokens;
  return [
    { tokens, at },
    {
      allowed,
      remaining: Math.floor(tokens + HAIR),
      fullIn: untilFilled(capacity - tokens),
      retryIn: allowed ? 0 : Math.max(1, untilFilled(missing)),
    },
  ];
}
