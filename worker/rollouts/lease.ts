/** Who may act: one holder at a time, each taking with a fence that is one higher than the last. */

export interface Lease {
  readonly holder: string;
  readonly fence: number;
  /** Unix seconds, by the object's clock. */
  readonly until: number;
}

/** What is stored: `holder` is null once the lease was given back. Fences are never used twice. */
export interface LeaseRow {
  readonly holder: string | null;
  readonly fence: number;
  readonly until: number;
}

export const NEVER_TAKEN: LeaseRow = { holder: null, fence: 0, until: 0 };
export const LEAST_SECONDS = 1;
export const MOST_SECONDS = 600;

/** The lease that holds at `now`, else null. */
export function current(row: LeaseRow, now: number): Lease | null {
  const { holder, fence, until } = row;
  return holder !== null && now < until ? { holder, fence, until } : null;
}

/** The row after a taking, or the lease that stands in its way. */
export function take(
  row: LeaseRow,
  holder: string,
  seconds: number,
  now: number,
  byForce: boolean,
): { readonly taken: LeaseRow } | { readonly heldBy: Lease } {
  const heldBy = current(row, now);
  if (heldBy !== null && !byForce) return { heldBy };
  return { taken: { holder, fence: row.fence + 1, until: now + seconds } };
}

/** The row after a renewal, or null when `fence` does not hold the lease any more. */
export function renew(row: LeaseRow, fence: number, seconds: number, now: number): LeaseRow | null {
  return holds(row, fence, now) ? { ...row, until: now + seconds } : null;
}

export function giveBack(row: LeaseRow, fence: number, now: number): LeaseRow | null {
  return holds(row, fence, now) ? { ...row, holder: null } : null;
}

export function holds(row: LeaseRow, fence: number, now: number): boolean {
  return current(row, now)?.fence === fence;
}
