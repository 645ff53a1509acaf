/** Compression where the platform does none.
 *
 * Cloudflare compresses what a Worker answers, by what the client takes, which it tells as `cf.clientAcceptEncoding`;
 * `Accept-Encoding` is its own there. Elsewhere (the local edge) we ask workerd for gzip: it compresses the body of
 * an answer that says so, and so does every Worker that hands it on. Nothing private is compressed: its length could
 * tell what is in it. */

const SMALLEST = 1024;
const COMPRESSIBLE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b|image\/svg\+xml)/i;

export function compresses(request: Request, contentType: string | null, length: number): boolean {
  if (length < SMALLEST || !COMPRESSIBLE.test(contentType ?? "")) return false;
  if (typeof request.cf?.clientAcceptEncoding === "string") return false;
  return takesGzip(request.headers.get("accept-encoding") ?? "");
}

/** RFC 9110, 12.5.3: named with a weight above 0, or by `*` where it is not named. */
export function takesGzip(accepted: string): boolean {
  let any = false;
  for (const part of accepted.toLowerCase().split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((text) => text.trim());
    const weight = parameters.find((text) => text.startsWith("q="));
    const wanted = weight === undefined || Number(weight.slice(2)) > 0;
    if (coding === "gzip" || coding === "x-gzip") return wanted;
    if (coding === "*") any = wanted;
  }
  return any;
}
