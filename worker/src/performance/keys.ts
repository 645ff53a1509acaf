/** Under which key an answer is kept at the edge, and which requests have none.
 *
 * A key holds all that an answer may depend on: host, path, the query's known parameters, the version that made it,
 * the variant of an experiment, and the edition of all that is kept. Whoever shows who they are has no key. The version
 * is in it so that a faulty version's answers are not given by a sound one, and go with it when it is rolled back. */

const LONGEST = 1024;
const MARK = "__made-for";
/** The visitor's cookie names nobody; every other one of ours may. */
const PRIVATE_COOKIE = /(?:^|[;,\s])(?:__(?:Host|Secure)-)?pitchey-(?!visitor=)[^=;,\s]*=/i;

export interface Maker {
  readonly version: string;
  /** Of an experiment; empty where there is none. */
  readonly variant: string;
  /** Of what is kept (`cache/edition.ts`). */
  readonly edition: string;
}

/** Whether the answer may be anybody's. */
export function isAnybodys(request: Request): boolean {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  if (request.headers.has("authorization") || request.headers.has("proxy-authorization")) return false;
  return !PRIVATE_COOKIE.test(request.headers.get("cookie") ?? "");
}

/** Null where it is too long to be kept. `parameters`: those on which the answer depends. */
export function keyOf(
  address: string,
  parameters: readonly string[],
  { version, variant, edition }: Maker,
): string | null {
  const url = new URL(address);
  const known = new Set(parameters);
  // Several of one name stay in their order: which one counts is the handler's affair.
  const query = [...url.searchParams].filter(([name]) => known.has(name) && name !== MARK);
  query.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  const sorted = new URLSearchParams(query);
  sorted.append(MARK, JSON.stringify([version, variant, edition]));
  const key = `${url.protocol}//${url.host}${url.pathname}?${sorted}`;
  return key.length > LONGEST ? null : key;
}

/** The Cache API does nothing there: https://developers.cloudflare.com/workers/runtime-apis/cache/ */
export function hasEdgeCache(key: string): boolean {
  return !new URL(key).hostname.endsWith(".workers.dev");
}
