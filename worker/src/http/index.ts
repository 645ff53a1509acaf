/** Answers as values: every one leaves with the same security headers. */

import { securityHeaders } from "../security/headers";

const SECURITY = securityHeaders("api");

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, {
    status,
    headers: { "cache-control": "no-store", ...SECURITY, ...headers },
  });
}

/** An error in the form of RFC 9457; `detail` is for the caller and holds nothing of the inside. */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return json({ title, status, detail }, status, {
    "content-type": "application/problem+json",
    ...headers,
  });
}

/** `styles`: the CSP hashes of the page's own style elements. */
export function html(text: string, styles: readonly string[]): Response {
  return new Response(text, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      ...securityHeaders("page", styles),
    },
  });
}

export function notAllowed(allowed: readonly string[]): Response {
  const allow = allowed.join(", ");
  return problem(405, "Method not allowed", `use ${allow}`, { allow });
}
