/** JSON of which every reader makes the same: no name twice in an object, and no deeper than a limit. */

export class JsonError extends Error {
  override name = "JsonError";
}

const DEEPEST = 32;
// Strings are taken whole, so that a quote, brace or colon inside one is none. What a colon follows is a name.
const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/g;

/** Raises `JsonError` for what is no JSON, names a field twice, or is nested deeper than `deepest`. */
export function parseStrictly(text: string, deepest = DEEPEST): unknown {
  let written = 0;
  let depth = 0;
  for (const [token, colon] of text.matchAll(TOKEN)) {
    if (colon !== undefined) written += 1;
    else if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if (depth > deepest) throw new JsonError(`nested deeper than ${deepest}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new JsonError("is no JSON");
  }
  // Of a name that was written twice, one is left.
  if (names(value) !== written) throw new JsonError("names a field twice");
  return value;
}

function names(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, part) => sum + names(part), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}
