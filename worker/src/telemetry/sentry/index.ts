/** Errors are told to Sentry after the answer, and never in its way: two seconds at most, each kind of error once a
 * minute in an isolate, and not at all while Sentry asks for quiet. */

import type { Env } from "../../env";
import { destination } from "./dsn";
import { envelope, eventOf, type Occasion } from "./event";

export type { Occasion } from "./event";

const DEADLINE_MS = 2000;
const MINUTE_MS = 60_000;
/** Of all kinds together, in a minute of an isolate. */
const MOST_A_MINUTE = 20;
const QUIET_SECONDS = 60;
const LONGEST_QUIET_SECONDS = 3600;
const CLIENT = "pitchey-worker/1";

type Settings = Pick<Env, "SENTRY_DSN" | "ENVIRONMENT" | "VERSION">;

export interface Surroundings {
  /** Unix milliseconds. */
  now(): number;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** From 0 to 1. */
  draw(): number;
}

/** One an isolate. */
export class ErrorReports {
  #told = new Set<string>();
  #minute = 0;
  #quietUntil = 0;

  readonly #around: Surroundings;
  readonly #sampled: number;

  /** `sampled`: the share of the errors that are told, 0 to 1. */
  constructor(around: Surroundings, sampled = 1) {
    this.#around = around;
    this.#sampled = sampled;
  }

  /** Sees to it that the error is told about; `defer` takes what goes on after the answer. Never throws. */
  report(error: unknown, occasion: Occasion, env: Settings, defer: (work: Promise<void>) => void): void {
    try {
      const to = destination(env.SENTRY_DSN ?? "");
      const now = this.#around.now();
      if (to === null || now < this.#quietUntil || this.#around.draw() >= this.#sampled) return;
      const origin = { release: env.VERSION.tag || env.VERSION.id, environment: env.ENVIRONMENT };
      const event = eventOf(error, occasion, origin, Math.floor(now / 1000));
      if (!this.#isNew(event.fingerprint.join("\n"), now)) return;
      defer(this.#send(to.url, to.key, envelope(event, new Date(now).toISOString())));
    } catch {
      // Whatever an odd error does to its report, it has no part in the answer.
    }
  }

  #isNew(kind: string, now: number): boolean {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#told.clear();
    }
    if (this.#told.has(kind) || this.#told.size >= MOST_A_MINUTE) return false;
    this.#told.add(kind);
    return true;
  }

  async #send(url: string, key: string, body: string): Promise<void> {
    try {
      const answer = await this.#around.fetch(url, {
        method: "POST",
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(DEADLINE_MS),
        headers: {
          "content-type": "application/x-sentry-envelope",
          "x-sentry-auth": `Sentry sentry_version=7, sentry_client=${CLIENT}, sentry_key=${key}`,
        },
      });
      this.#mind(answer);
      await answer.body?.cancel();
    } catch {
      // Sentry is down, slow or somewhere else: the error has been logged by its name anyway.
    }
  }

  /** `X-Sentry-Rate-Limits: SECONDS:CATEGORIES:SCOPE, …`, and `Retry-After` of a 429. */
  #mind(answer: Response): void {
    const limits = (answer.headers.get("x-sentry-rate-limits") ?? "").split(",");
    const ours = limits.map((limit) => limit.trim().split(":")).filter(([, categories = ""]) => {
      return categories === "" || categories.split(";").includes("error");
    });
    const seconds = ours.map(([given]) => Number(given)).filter((given) => given > 0);
    if (answer.status === 429 && seconds.length === 0) {
      seconds.push(Number(answer.headers.get("retry-after")) || QUIET_SECONDS);
    }
    if (seconds.length === 0) return;
    const quiet = Math.min(Math.max(...seconds), LONGEST_QUIET_SECONDS);
    this.#quietUntil = this.#around.now() + quiet * 1000;
  }
}
