/** The ledger's tables: what was decided and done, who may act, and what happens when nobody does. */

import { type LeaseRow, NEVER_TAKEN } from "./lease";
import type { Armed, Attempt } from "./switch";

export interface Entry {
  readonly kind: string;
  readonly rollout: string;
  /** The text of a JSON value, which is nobody's business here. */
  readonly body: string;
}

export interface Stored extends Entry {
  readonly seq: number;
  /** Unix seconds. */
  readonly at: number;
  /** Of the lease it was written under; null for a request, which needs none. */
  readonly fence: number | null;
}

export interface SwitchRow extends Armed {
  /** Armed: waits for the lease to run out. Firing: it did, and stable is being put back under the fence of its own. */
  readonly phase: "armed" | "firing";
  readonly fence: number;
  readonly tries: number;
  /** When it began to fire, Unix seconds. */
  readonly since: number | null;
  readonly attempts: readonly (Attempt & { readonly at: number })[];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (seq INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL,
    rollout TEXT NOT NULL, fence INTEGER, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY CHECK (id = 0), holder TEXT, fence INTEGER NOT NULL,
    until REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS switch (id INTEGER PRIMARY KEY CHECK (id = 0), state TEXT NOT NULL);
`;
// A page must pass from the object to the Worker in one piece.
const PAGE_CHARACTERS = 8 * 1024 * 1024;

export class Tables {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  last(): number {
    return this.#sql.exec<{ last: number }>("SELECT coalesce(max(seq), 0) AS last FROM entries").one().last;
  }

  /** Returns the last entry's number. */
  append(entries: readonly Entry[], fence: number | null, at: number): number {
    let seq = this.last();
    for (const { kind, rollout, body } of entries) {
      seq += 1;
      this.#sql.exec("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", seq, at, kind, rollout, fence, body);
    }
    return seq;
  }

  /** Entries after `after`, oldest first; `more` when there are others that did not fit. */
  entries(after: number, limit: number, kinds: readonly string[]): { entries: Stored[]; more: boolean } {
    const chosen = kinds.length > 0 ? `AND kind IN (${kinds.map(() => "?").join(", ")})` : "";
    const rows = this.#sql.exec<{
      seq: number;
      at: number;
      kind: string;
      rollout: string;
      fence: number | null;
      body: string;
    }>(`SELECT * FROM entries WHERE seq > ? ${chosen} ORDER BY seq LIMIT ?`, after, ...kinds, limit + 1);
    const entries: Stored[] = [];
    let characters = 0;
    for (const row of rows) {
      characters += row.body.length;
      if (entries.length === limit || (characters > PAGE_CHARACTERS && entries.length > 0)) {
        return { entries, more: true };
      }
      entries.push(row);
    }
    return { entries, more: false };
  }

  /** The body that a rollout began with, as text. */
  started(rollout: string): string | null {
    const [row] = this.#sql
      .exec<{ body: string }>("SELECT body FROM entries WHERE kind = 'started' AND rollout = ? LIMIT 1", rollout)
      .toArray();
    return row?.body ?? null;
  }

  lease(): LeaseRow {
    const [row] = this.#sql
      .exec<{ holder: string | null; fence: number; until: number }>("SELECT holder, fence, until FROM lease")
      .toArray();
    return row ?? NEVER_TAKEN;
  }

  setLease({ holder, fence, until }: LeaseRow): void {
    this.#sql.exec("INSERT OR REPLACE INTO lease VALUES (0, ?, ?, ?)", holder, fence, until);
  }

  switch(): SwitchRow | null {
    const [row] = this.#sql.exec<{ state: string }>("SELECT state FROM switch").toArray();
    return row === undefined ? null : (JSON.parse(row.state) as SwitchRow);
  }

  setSwitch(row: SwitchRow | null): void {
    if (row === null) this.#sql.exec("DELETE FROM switch");
    else this.#sql.exec("INSERT OR REPLACE INTO switch VALUES (0, ?)", JSON.stringify(row));
  }
}
