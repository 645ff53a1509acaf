/** Which pages of other origins may call the API: those of the environment's list (`env.ALLOWED_ORIGINS`), no other.
 *
 * An entry that ends in `:*` stands for any port: the program lists `https://app.DOMAIN.localhost:*` for a local cloud,
 * whose ports are not the same on all machines, and lists nothing of the kind for Cloudflare.
 */

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
/** What pages may send, beyond what every page may. */
const REQUEST_HEADERS = "authorization, content-type, if-match, if-none-match, pitchey-csrf";
/** What pages may read, beyond what every page may. */
const ANSWER_HEADERS = "etag, link, location, pitchey-version, ratelimit, ratelimit-policy, retry-after";
const PREFLIGHT_SECONDS = 7200;
const ANY_PORT = /:(\*|\d{1,5})$/;

export interface Origins {
  allow(origin: string): boolean;
}

let read: { readonly listed: string | undefined; readonly origins: Origins } | null = null;

/** `listed`: origins, separated by white space. They are read once: an isolate's bindings stay as they are. */
export function origins(listed: string | undefined): Origins {
  if (read === null || read.listed !== listed) read = { listed, origins: readOrigins(listed) };
  return read.origins;
}

function readOrigins(listed: string | undefined): Origins {
  const known = new Set((listed ?? "").split(/\s+/).filter((origin) => /^https?:\/\/./.test(origin)));
  return { allow: (origin) => known.has(origin) || known.has(origin.replace(ANY_PORT, ":*")) };
}

/** The answer to a preflight; null for a request that is none. One of an origin that is not listed is told nothing. */
export function preflight(request: Request, allowed: Origins): Response | null {
  const origin = request.headers.get("origin");
  const isPreflight = request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  if (!isPreflight || origin === null) return null;
  const headers = new Headers({ vary: "Origin" });
  if (allowed.allow(origin)) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-allow-credentials", "true");
    headers.set("access-control-allow-methods", METHODS);
    headers.set("access-control-allow-headers", REQUEST_HEADERS);
    headers.set("access-control-max-age", String(PREFLIGHT_SECONDS));
  }
  return new Response(null, { status: 204, headers });
}

/** Lets a page of a listed origin read the answer, which is changed in place. */
export function share(request: Request, answer: Response, allowed: Origins): Response {
  const origin = request.headers.get("origin");
  // Caches must know it of every answer, also of one that was asked for without an origin.
  if (!/(^|,)\s*(origin|\*)\s*(,|$)/i.test(answer.headers.get("vary") ?? "")) answer.headers.append("vary", "Origin");
  if (origin === null || !allowed.allow(origin)) return answer;
  answer.headers.set("access-control-allow-origin", origin);
  answer.headers.set("access-control-allow-credentials", "true");
  answer.headers.set("access-control-expose-headers", ANSWER_HEADERS);
  return answer;
}
