/** What every answer tells browsers to keep to. */

export type Kind = "api" | "page";

const COMMON: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  // The app's own host is of the same site; nobody else's page may embed an answer.
  "cross-origin-resource-policy": "same-site",
  "permissions-policy":
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), " +
    "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), " +
    "publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  // For browsers that do not know frame-ancestors.
  "x-frame-options": "DENY",
};
const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A year, the zone's own default (`security.hstsMaxAge`); the zone's has precedence where it sends one. */
const HSTS = "max-age=31536000; includeSubDomains";

/** `styles`: the CSP hashes (`'sha256-…'`) of a page's own style elements. Nothing inline is allowed without one. */
export function securityHeaders(kind: Kind, styles: readonly string[] = []): Record<string, string> {
  const policy = kind === "page" && styles.length > 0 ? `${NOTHING}; style-src ${styles.join(" ")}` : NOTHING;
  return { ...COMMON, "content-security-policy": policy };
}

/** Puts them on an answer, in place. HSTS goes out over HTTPS alone, where browsers mind it (RFC 6797, 7.2). */
export function secure(request: Request, answer: Response, kind: Kind = "api"): Response {
  for (const [name, value] of Object.entries(securityHeaders(kind))) {
    // A page that brings its own policy, with its hashes, keeps it.
    if (name !== "content-security-policy" || !answer.headers.has(name)) answer.headers.set(name, value);
  }
  if (request.url.startsWith("https:")) answer.headers.set("strict-transport-security", HSTS);
  return answer;
}

/** The CSP source of a style or script element's text. */
export async function sourceHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}
