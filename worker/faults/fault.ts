/** What is wrong with a candidate that is built for a rehearsal. `kinds.json` has the values that each kind takes: the
 * one without being told, the least, the most; or a text. */

export type Fault =
  /** A share of the requests fails, from `after` seconds and `afterRequests` requests of the isolate on. */
  | { kind: "errors"; rate: number; after: number; afterRequests: number }
  /** A share of them waits `milliseconds` longer. */
  | { kind: "slow"; milliseconds: number; rate: number; after: number; afterRequests: number }
  /** Every `requests` requests of the isolate add `milliseconds`; from twice as many on ever more fail too. */
  | { kind: "leak"; milliseconds: number; requests: number }
  /** Only paths from `path` on fail. */
  | { kind: "route"; path: string; rate: number }
  /** Only requests of this method fail. */
  | { kind: "method"; method: string; rate: number }
  /** Only visitors without the cookie fail. */
  | { kind: "new-visitors"; rate: number }
  /** Every request ends in an exception before anything else is done, the recording included. */
  | { kind: "dead" }
  /** Answers as it should, and never reports. */
  | { kind: "silent" }
  /** Flags and health come from memory for some seconds. */
  | { kind: "better"; seconds: number };

/** What an isolate has seen so far. */
export interface Seen {
  /** Unix seconds of its first request. */
  readonly since: number;
  /** Requests before this one. */
  readonly requests: number;
}

export interface Effect {
  readonly fail: boolean;
  readonly waitMs: number;
}

/** What the fault does to a request; `drawn` is a random number in [0, 1). */
export function effect(
  fault: Fault,
  request: { readonly method: string; readonly path: string; readonly returning: boolean },
  seen: Seen,
  now: number,
  drawn: number,
): Effect {
  switch (fault.kind) {
    case "errors":
      return { fail: begun(fault, seen, now) && drawn < fault.rate, waitMs: 0 };
    case "slow": {
      const slow = begun(fault, seen, now) && drawn < fault.rate;
      return { fail: false, waitMs: slow ? fault.milliseconds : 0 };
    }
    case "leak": {
      const full = seen.requests / fault.requests;
      return { fail: drawn < Math.min(Math.max(full - 2, 0), 1), waitMs: full * fault.milliseconds };
    }
    case "route": {
      const under = request.path === fault.path || request.path.startsWith(`${fault.path}/`);
      return { fail: under && drawn < fault.rate, waitMs: 0 };
    }
    case "method":
      return { fail: request.method === fault.method && drawn < fault.rate, waitMs: 0 };
    case "new-visitors":
      return { fail: !request.returning && drawn < fault.rate, waitMs: 0 };
    case "dead":
    case "silent":
    case "better":
      return { fail: false, waitMs: 0 };
  }
}

function begun(fault: { after: number; afterRequests: number }, seen: Seen, now: number): boolean {
  return now - seen.since >= fault.after && seen.requests >= fault.afterRequests;
}
