/** One object a stack: every decision and action in order, the lease, and the dead-man's switch. */

import { DurableObject } from "cloudflare:workers";
import { done, type Outcome, refused } from "./answers";
import type { Env } from "./env";
import { current, giveBack, holds, renew, take } from "./lease";
import { type Acted, tell } from "./news";
import { type Armed, type Attempt, attempt, DEPLOY_MS, pause, READ_MS } from "./switch";
import { type Entry, type SwitchRow, Tables } from "./tables";

export const LEDGER = "ledger";
export const SWITCH_HOLDER = "dead-man's switch";
const DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4";
// Longer than a try and the longest pause after it.
const SWITCH_LEASE_SECONDS = 120;
const LONGEST_TRY_SECONDS = (2 * READ_MS + DEPLOY_MS) / 1000 + 5;
const KEPT_ATTEMPTS = 20;
const ENDS = new Set(["finished", "returned"]);
/** In the body of `started`: nobody is paged for what was broken on purpose. */
const REHEARSAL = "rehearsal";

export class Ledger extends DurableObject<Env> {
  readonly #tables: Tables;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#tables = new Tables(context.storage.sql);
  }

  read(after: number, limit: number, kinds: string[]): Outcome {
    const now = unixNow();
    const { entries, more } = this.#tables.entries(after, limit, kinds);
    return done({
      entries: entries.map((entry) => ({ ...entry, body: JSON.parse(entry.body) as unknown })),
      last: this.#tables.last(),
      more,
      lease: current(this.#tables.lease(), now),
      switch: this.#tables.switch(),
      now,
    });
  }

  append(fence: number, after: number, entries: Entry[]): Outcome {
    return this.ctx.storage.transactionSync(() => {
      const now = unixNow();
      if (!holds(this.#tables.lease(), fence, now)) return LOST;
      const last = this.#tables.last();
      if (last !== after) {
        return refused(409, "Conflict", `the ledger has come to entry ${last}, not ${after}`, { last });
      }
      if (entries.some((entry) => this.#ends(entry))) this.#disarm();
      return done({ last: this.#tables.append(entries, fence, now) });
    });
  }

  /** A rollout that is over is not put back any more, whatever becomes of whoever led it. */
  #ends({ kind, rollout }: Entry): boolean {
    return ENDS.has(kind) && this.#tables.switch()?.rollout === rollout;
  }

  request(entry: Entry): Outcome {
    return this.ctx.storage.transactionSync(() =>
      done({ last: this.#tables.append([entry], null, unixNow()) }),
    );
  }

  takeLease(holder: string, seconds: number, byForce: boolean): Outcome {
    return this.ctx.storage.transactionSync(() => {
      const result = take(this.#tables.lease(), holder, seconds, unixNow(), byForce);
      if ("heldBy" in result) {
        const { holder: other, until } = result.heldBy;
        return refused(409, "Conflict", `${other} holds the lease`, { holder: other, until });
      }
      const { fence, until } = result.taken;
      this.#tables.setLease(result.taken);
      this.#guard(until);
      return done({ fence, until });
    });
  }

  renewLease(fence: number, seconds: number): Outcome {
    return this.ctx.storage.transactionSync(() => {
      const row = renew(this.#tables.lease(), fence, seconds, unixNow());
      if (row === null) return LOST;
      this.#tables.setLease(row);
      this.#guard(row.until);
      return done({ until: row.until });
    });
  }

  /** An armed switch still goes off when the lease would have run out: until then it can be taken over. */
  giveBackLease(fence: number): Outcome {
    return this.ctx.storage.transactionSync(() => {
      const row = giveBack(this.#tables.lease(), fence, unixNow());
      if (row === null) return LOST;
      this.#tables.setLease(row);
      return done({}, 204);
    });
  }

  arm(fence: number, armed: Armed): Outcome {
    return this.ctx.storage.transactionSync(() => {
      const lease = this.#tables.lease();
      if (!holds(lease, fence, unixNow())) return LOST;
      const { account, script, stable, candidate, rollout } = armed;
      const given = { account, script, stable, candidate, rollout };
      this.#tables.setSwitch({ ...given, phase: "armed", fence, tries: 0, since: null, attempts: [] });
      this.#wakeAt(lease.until);
      return done({ until: lease.until });
    });
  }

  disarm(fence: number): Outcome {
    return this.ctx.storage.transactionSync(() => {
      if (!holds(this.#tables.lease(), fence, unixNow())) return LOST;
      this.#disarm();
      return done({}, 204);
    });
  }

  #disarm(): void {
    this.#tables.setSwitch(null);
    void this.ctx.storage.deleteAlarm();
  }

  override async alarm(): Promise<void> {
    const firing = this.ctx.storage.transactionSync(() => this.#begin());
    if (firing === null) return;
    const token = this.env.DEPLOYMENTS_TOKEN;
    const made: Attempt = token
      ? await attempt(firing, this.#cloud(token), () => this.#isMine(firing))
      : { found: null, did: "failed", detail: "there is no token for deployments", done: false };
    const acted = this.ctx.storage.transactionSync(() => this.#conclude(firing, made));
    if (acted !== null) this.ctx.waitUntil(this.#tell(acted));
  }

  async #tell(acted: Acted): Promise<void> {
    const untold = await tell(acted, this.env, unixNow());
    if (untold.length > 0) console.error(`not told that the switch has acted: ${untold.join(", ")}`);
  }

  /** The switch when it is to try now, under a lease of its own; null when somebody watches, or there is no switch. */
  #begin(): SwitchRow | null {
    const now = unixNow();
    const row = this.#tables.switch();
    if (row === null) return null;
    const lease = this.#tables.lease();
    const holder = current(lease, now);
    const mine = row.phase === "firing" && lease.fence === row.fence;
    if (holder !== null && !mine) {
      this.#guard(holder.until);
      return null;
    }
    if (row.phase === "armed" && now < lease.until) {
      this.#wakeAt(lease.until);
      return null;
    }
    const fence = mine ? row.fence : lease.fence + 1;
    const firing: SwitchRow = { ...row, phase: "firing", fence, since: row.since ?? now };
    this.#tables.setSwitch(firing);
    this.#tables.setLease({ holder: SWITCH_HOLDER, fence, until: now + SWITCH_LEASE_SECONDS });
    // For an object that is stopped in the middle of the try.
    this.#wakeAt(now + LONGEST_TRY_SECONDS);
    return firing;
  }

  /** What people are to be told of; null for what is not over yet, what somebody else goes on with, and a rehearsal. */
  #conclude(firing: SwitchRow, made: Attempt): Acted | null {
    const now = unixNow();
    const attempts = [...firing.attempts, { at: now, ...made }].slice(-KEPT_ATTEMPTS);
    const tries = firing.tries + 1;
    const ended: SwitchRow = { ...firing, tries, attempts };
    if (!this.#isMine(firing)) {
      this.#report(ended, made, now, true);
    } else if (made.done) {
      this.#report(ended, made, now, false);
      this.#disarm();
      this.#tables.setLease({ holder: null, fence: firing.fence, until: now });
      const { rollout, script, stable, candidate } = firing;
      const deployed = hasDeployed(attempts);
      if (!this.#isRehearsed(rollout)) {
        return { rollout, script, stable, candidate, deployed, detail: made.detail };
      }
    } else {
      this.#tables.setSwitch(ended);
      this.#wakeAt(now + pause(tries));
    }
    return null;
  }

  #isRehearsed(rollout: string): boolean {
    const started = this.#tables.started(rollout);
    return started !== null && REHEARSAL in (JSON.parse(started) as object);
  }

  #report(row: SwitchRow, made: Attempt, now: number, superseded: boolean): void {
    const { rollout, stable, candidate, since, tries, attempts, fence } = row;
    const deployed = hasDeployed(attempts);
    const { found, detail } = made;
    const body = { stable, candidate, since, found, deployed, detail, superseded, tries, attempts };
    this.#tables.append([{ kind: "switched", rollout, body: JSON.stringify(body) }], fence, now);
  }

  #isMine(firing: SwitchRow): boolean {
    const row = this.#tables.switch();
    return row?.phase === "firing" && row.fence === firing.fence && this.#tables.lease().fence === firing.fence;
  }

  /** A switch waits for this lease to run out; one that was firing leaves the field to the new holder. */
  #guard(until: number): void {
    const row = this.#tables.switch();
    if (row === null) return;
    if (row.phase === "firing") {
      this.#tables.setSwitch({ ...row, phase: "armed", tries: 0, since: null, attempts: [] });
    }
    this.#wakeAt(until);
  }

  #wakeAt(seconds: number): void {
    void this.ctx.storage.setAlarm(seconds * 1000);
  }

  #cloud(token: string) {
    const baseUrl = (this.env.CLOUDFLARE_BASE_URL || DEFAULT_BASE_URL).replace(/\/+$/, "");
    return { baseUrl, token, fetch: (...given: Parameters<typeof fetch>) => fetch(...given) };
  }
}

const LOST = refused(412, "Precondition failed", "the fence is not the lease's, or the lease has run out");

function hasDeployed(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ did }) => did === "deployed");
}

function unixNow(): number {
  return Date.now() / 1000;
}
