/** Answers as values that also pass between objects: a status and the JSON text of the body. */

export interface Outcome {
  readonly status: number;
  readonly text: string;
}

export function done(body: object, status = 200): Outcome {
  return { status, text: JSON.stringify(body) };
}

/** An error in the form of RFC 9457, with further members that say more. */
export function refused(
  status: number,
  title: string,
  detail: string,
  more: Readonly<Record<string, unknown>> = {},
): Outcome {
  return { status, text: JSON.stringify({ title, status, detail, ...more }) };
}

export function respond({ status, text }: Outcome, headers: Record<string, string> = {}): Response {
  const empty = status === 204;
  const type = status >= 400 ? "application/problem+json" : "application/json";
  return new Response(empty ? null : text, {
    status,
    headers: {
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...(empty ? {} : { "content-type": type }),
      ...headers,
    },
  });
}
