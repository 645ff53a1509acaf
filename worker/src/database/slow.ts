/** The log of slow queries: a line of JSON each, with the query's text and never a value. */

const SLOW_MS = 200;
const LONGEST_TEXT = 500;

export interface Asked {
  readonly text: string;
  readonly milliseconds: number;
  readonly rows: number;
  readonly route: string;
}

/** Null where it was quick enough. */
export function slowLine({ text, milliseconds, rows, route }: Asked): string | null {
  if (milliseconds < SLOW_MS) return null;
  const query = text.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_TEXT);
  return JSON.stringify({ slowQuery: query, milliseconds: Math.round(milliseconds), rows, route });
}
