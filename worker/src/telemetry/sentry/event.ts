/** An error as Sentry's event, in an envelope: https://develop.sentry.dev/sdk/data-model/envelopes/.
 *
 * What is told is chosen, not what is left out: the error's name, its code, our own frames, the route's pattern. An
 * error's message may quote what a user wrote or a secret that did not fit, so it stays here. */

import { frames } from "./frames";

export interface Occasion {
  readonly method: string;
  /** The pattern, never the path. */
  readonly route: string;
}

export interface Origin {
  /** The version's tag, or its id where it has none. */
  readonly release: string;
  readonly environment: string;
}

const NAME = /^[A-Za-z]\w{0,63}$/;
// SQLSTATE (`57P01`) or a code of Node's kind (`ECONNREFUSED`): of a fixed list, so nothing personal.
const CODE = /^[A-Z0-9_]{2,40}$/;

export interface Event {
  readonly event_id: string;
  readonly exception: { readonly values: readonly [{ readonly type: string; readonly value: string }] };
  readonly fingerprint: readonly string[];
  readonly [field: string]: unknown;
}

/** `now` in Unix seconds. */
export function eventOf(error: unknown, occasion: Occasion, origin: Origin, now: number): Event {
  const { name, code, stack } = described(error);
  const trace = frames(stack);
  const innermost = trace.at(-1);
  const where = innermost ? `${innermost.function}:${innermost.lineno}:${innermost.colno}` : occasion.route;
  return {
    event_id: crypto.randomUUID().replaceAll("-", ""),
    timestamp: now,
    platform: "javascript",
    level: "error",
    logger: "worker",
    ...origin,
    transaction: `${occasion.method} ${occasion.route}`,
    exception: {
      values: [{ type: name, value: code, ...(trace.length > 0 ? { stacktrace: { frames: trace } } : {}) }],
    },
    fingerprint: [name, code, where],
  };
}

/** `sentAt` in ISO 8601. */
export function envelope(event: Event, sentAt: string): string {
  const payload = JSON.stringify(event);
  const header = { event_id: event.event_id, sent_at: sentAt };
  const item = { type: "event", length: new TextEncoder().encode(payload).length, content_type: "application/json" };
  return `${JSON.stringify(header)}\n${JSON.stringify(item)}\n${payload}\n`;
}

function described(error: unknown): { name: string; code: string; stack: string | undefined } {
  if (!(error instanceof Error)) return { name: "UnknownError", code: "", stack: undefined };
  const code = "code" in error && typeof error.code === "string" && CODE.test(error.code) ? error.code : "";
  return { name: NAME.test(error.name) ? error.name : "Error", code, stack: error.stack };
}
