/** Requests are counted in the isolate and told to a recorder once a second, off the request's path.
 *
 * All isolates tell at the same moment, in the middle of a second. The recorder counts by the second in which a report
 * arrives, and versions are compared second by second: were each isolate to tell at a moment of its own, an outage of
 * what both versions use would for most of a second be counted of one of them alone, and blamed on it.
 *
 * A Worker's clock stands still between its inputs and outputs, so a duration is the time that was spent waiting for
 * something, not computing: https://developers.cloudflare.com/workers/reference/security-model/
 */

import type { Heard, Recorder } from "../../rollouts/recorder";
import { replied } from "../objects";
import { type Answered, add, addCounter, type Counts, noCounts, type Report, UNREPORTED } from "./counts";

export const RECORDERS: readonly string[] = ["recorder-0", "recorder-1", "recorder-2", "recorder-3"];

const INTERVAL_MS = 1000;
/** Half a second is left for reports to arrive in the second that they are meant for, wherever they come from. */
const TOLD_AT_MS = 500;
/** A timer may wake a little early: what comes in then is told of a second later, not twice in one. */
const SOONEST_MS = 100;
const ANSWER_MS = 5000;
const KEPT_MS = 60_000;
// A request's `waitUntil` ends 30 s after its answer; whoever comes next takes over what is left.
const LAST_TRY_MS = 20_000;

interface Pending {
  readonly report: Report;
  readonly since: number;
}

export interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<unknown>;
}

type Binding = DurableObjectNamespace<Recorder>;

/** One an isolate, and for one version. */
export class Recording {
  #counts: Counts | null = null;
  #waiting: Pending[] = [];
  #unreported = 0;
  #flushAt = 0;
  #sent = 0;
  #isolate = "";
  #shard = "";

  readonly #clock: Clock;
  readonly #hear: (heard: Heard) => void;

  /** `hear` takes what the recorder answers. */
  constructor(clock: Clock, hear: (heard: Heard) => void) {
    this.#clock = clock;
    this.#hear = hear;
  }

  /** Counts a request, and sees to it that it is told about: `defer` takes what goes on after the answer. */
  note(answered: Answered, version: string, to: Binding, defer: (work: Promise<void>) => void): void {
    add((this.#counts ??= noCounts()), answered);
    // A flush that is long overdue was cut off by the platform.
    if (this.#clock.now() < this.#flushAt + ANSWER_MS) return;
    this.#flushAt = this.#next();
    defer(this.#flush(version, to));
  }

  async #flush(version: string, to: Binding): Promise<void> {
    const end = this.#clock.now() + LAST_TRY_MS;
    for (;;) {
      await this.#clock.wait(this.#flushAt - this.#clock.now());
      // From here on the next request sees to the next report: what comes in during the call is not forgotten.
      this.#flushAt = -ANSWER_MS;
      const sending = this.#take(version);
      if (await this.#send(sending, to)) return;
      this.#waiting = [...sending, ...this.#waiting];
      const now = this.#clock.now();
      if (now < this.#flushAt + ANSWER_MS || now > end) return;
      this.#flushAt = this.#next();
    }
  }

  /** When this isolate tells next, as all others do. */
  #next(): number {
    const soonest = this.#clock.now() + SOONEST_MS;
    return Math.ceil((soonest - TOLD_AT_MS) / INTERVAL_MS) * INTERVAL_MS + TOLD_AT_MS;
  }

  #take(version: string): Pending[] {
    const now = this.#clock.now();
    const kept = this.#waiting.filter(({ since }) => now - since < KEPT_MS);
    for (const { report } of this.#waiting.slice(0, this.#waiting.length - kept.length)) {
      this.#unreported += report.counts.requests + report.counts.probes.requests;
    }
    this.#waiting = [];
    const counts = this.#counts;
    this.#counts = null;
    if (counts === null) return kept;
    if (this.#unreported > 0) addCounter(counts, UNREPORTED, this.#unreported);
    this.#unreported = 0;
    if (this.#isolate === "") this.#isolate = crypto.randomUUID();
    const id = `${this.#isolate}-${this.#sent++}`;
    return [...kept, { report: { id, version, counts }, since: now }];
  }

  async #send(sending: readonly Pending[], to: Binding): Promise<boolean> {
    try {
      this.#shard ||= RECORDERS[Math.floor(Math.random() * RECORDERS.length)] ?? "recorder-0";
      const call = replied(to.getByName(this.#shard).record(sending.map(({ report }) => report)));
      const heard = await Promise.race([call, this.#clock.wait(ANSWER_MS).then(() => null)]);
      if (heard !== null) this.#hear(heard);
      return heard !== null;
    } catch {
      return false;
    }
  }
}

