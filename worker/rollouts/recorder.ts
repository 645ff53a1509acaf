/** Counts by the second in which they arrived and by version. What a reader was told is complete never changes. */

import { DurableObject } from "cloudflare:workers";
import { type Counts, merge, noCounts, type Report } from "../src/recording/counts";
import type { Env } from "./env";
import { type Flags, Changes } from "./flags";
import { type ByVersion, KEPT_SECONDS, type Progress, type Slice } from "./metrics";
import { readReport } from "./reports";
import { SteadyClock } from "./steady";

/** What an isolate hears in answer to a report. */
export interface Heard {
  /** Values of FLAGS, newer than what KV may tell for a while; null where one was taken away. */
  readonly flags: Flags;
}

const MAX_VERSIONS = 16;
const REMEMBERED_REPORTS = 10_000;
const CLEAN_EVERY_SECONDS = 60;

export class Recorder extends DurableObject<Env> {
  #second = 0;
  #current: ByVersion = {};
  #told = 0;
  #cleaned = 0;
  #dropped = 0;
  readonly #clock = new SteadyClock(() => Date.now());
  readonly #heard = new Set<string>();
  readonly #changes: Changes;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#changes = new Changes(context.storage.kv, () => Date.now());
    context.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS seconds (second INTEGER, version TEXT, counts TEXT NOT NULL,
        PRIMARY KEY (second, version)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS seen (version TEXT PRIMARY KEY, second INTEGER NOT NULL) WITHOUT ROWID;
    `);
    this.#told = context.storage.sql
      .exec<{ last: number }>("SELECT coalesce(max(second), 0) AS last FROM seconds")
      .one().last;
  }

  ping(): true {
    return true;
  }

  /** Tells isolates of flags that were changed just now, with the answers to their reports. */
  change(flags: Flags): true {
    this.#changes.note(flags);
    return true;
  }

  /** Never throws on what it is given: a report that makes no sense is left out. */
  record(reports: Report[]): Heard {
    const second = this.#turn();
    for (const given of Array.isArray(reports) ? reports : []) {
      const { report, dropped } = readReport(given);
      this.#dropped += dropped;
      if (report !== null && this.#isNew(report.id)) this.#count(report);
    }
    if (Object.keys(this.#current).length > 0) this.#wakeAt((second + 1) * 1000);
    return { flags: this.#changes.recent() };
  }

  progress(): Progress {
    const through = this.#turn() - 1;
    // Nothing may arrive any more in a second that a reader takes for complete, even when the clock is set back.
    this.#told = Math.max(this.#told, through);
    const lastSeen: Record<string, number> = {};
    const rows = this.ctx.storage.sql.exec<{ version: string; second: number }>("SELECT * FROM seen");
    for (const { version, second } of rows) lastSeen[version] = second;
    for (const version of Object.keys(this.#current)) lastSeen[version] = this.#second;
    return { through, lastSeen, dropped: this.#dropped };
  }

  /** What arrived in the seconds (after, through], in slices of `every` seconds that start at its multiples. */
  read(after: number, through: number, every: number): Slice[] {
    this.#turn();
    const rows = this.ctx.storage.sql.exec<{ second: number; version: string; counts: string }>(
      "SELECT second, version, counts FROM seconds WHERE second > ? AND second <= ? ORDER BY second",
      after,
      through,
    );
    const slices = new Map<number, ByVersion>();
    for (const { second, version, counts } of rows) {
      const start = Math.floor(second / every) * every;
      let versions = slices.get(start);
      if (versions === undefined) slices.set(start, (versions = {}));
      merge((versions[version] ??= noCounts()), JSON.parse(counts) as Counts);
    }
    return [...slices].map(([start, versions]) => ({
      start: Math.max(start, after + 1),
      end: Math.min(start + every, through + 1),
      versions,
    }));
  }

  override alarm(): void {
    const second = this.#turn();
    if (Object.keys(this.#current).length > 0) this.#wakeAt((second + 1) * 1000);
  }

  /** The second that it is; the one before is written down when it is over. */
  #turn(): number {
    const now = this.#clock.second(Math.max(this.#second, this.#told + 1));
    if (now > this.#second) {
      this.#write();
      this.#second = now;
    }
    return now;
  }

  #write(): void {
    const { sql } = this.ctx.storage;
    for (const [version, counts] of Object.entries(this.#current)) {
      sql.exec("INSERT INTO seconds VALUES (?, ?, ?)", this.#second, version, JSON.stringify(counts));
      sql.exec("INSERT OR REPLACE INTO seen VALUES (?, ?)", version, this.#second);
    }
    this.#current = {};
    if (this.#second - this.#cleaned < CLEAN_EVERY_SECONDS) return;
    this.#cleaned = this.#second;
    sql.exec("DELETE FROM seconds WHERE second < ?", this.#second - KEPT_SECONDS);
    sql.exec("DELETE FROM seen WHERE second < ?", this.#second - KEPT_SECONDS);
  }

  #count({ version, counts }: Report): void {
    const known = this.#current[version];
    if (known === undefined && Object.keys(this.#current).length >= MAX_VERSIONS) {
      this.#dropped += 1;
      return;
    }
    this.#current[version] = merge(known ?? noCounts(), counts);
  }

  /** Whether a report comes for the first time: an isolate that got no answer sends it again. */
  #isNew(id: string): boolean {
    if (this.#heard.has(id)) return false;
    this.#heard.add(id);
    if (this.#heard.size > REMEMBERED_REPORTS) {
      const [oldest = ""] = this.#heard;
      this.#heard.delete(oldest);
    }
    return true;
  }

  #wakeAt(milliseconds: number): void {
    // Ours may be ahead of the clock that alarms go by.
    void this.ctx.storage.setAlarm(milliseconds - this.#clock.ahead * 1000);
  }
}
