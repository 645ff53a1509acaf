/** Errors as values of RFC 9457, for whoever sent the request. */

import { z } from "@hono/zod-openapi";

const TITLES = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  411: "Length required",
  412: "Precondition failed",
  413: "Content too large",
  415: "Unsupported media type",
  416: "Range not satisfiable",
  422: "Unprocessable content",
  428: "Precondition required",
  429: "Too many requests",
  503: "Service unavailable",
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** One field of a body or a query that was not as it must be. */
export interface Fault {
  /** Where: a JSON pointer into the body, or the parameter's name. */
  readonly at: string;
  readonly detail: string;
}

export const Problem = z
  .object({
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    errors: z.array(z.object({ at: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem");

/** Thrown by whatever finds out that a request cannot be done; it becomes the answer. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly status: ProblemStatus,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly errors: readonly Fault[] = [],
  ) {
    super(detail);
  }

  answer(): Response {
    const { status, detail, errors } = this;
    const body = { title: TITLES[status], status, detail, ...(errors.length > 0 ? { errors } : {}) };
    return Response.json(body, {
      status,
      headers: { "cache-control": "no-store", ...this.headers, "content-type": "application/problem+json" },
    });
  }
}

/** The same words for what is not there and for what one may not see. */
export function nothingHere(headers: Readonly<Record<string, string>> = {}): ProblemError {
  return new ProblemError(404, "nothing is here, or it is not for you", headers);
}

/** A dependency does not answer; worth another try. */
export function unavailable(detail: string, retryAfterSeconds = 2): ProblemError {
  return new ProblemError(503, detail, { "retry-after": String(retryAfterSeconds) });
}

/** More ask at once than can be served. */
export function tooMany(retryAfterSeconds: number): ProblemError {
  return new ProblemError(429, "too many ask at the moment", { "retry-after": String(retryAfterSeconds) });
}

type DescribedHeaders = Readonly<
  Record<string, { readonly schema: { readonly type: "string" }; readonly required: true }>
>;

type Described<S extends ProblemStatus> = {
  readonly [K in S]: {
    readonly description: string;
    readonly headers?: DescribedHeaders;
    readonly content: { readonly "application/problem+json": { readonly schema: typeof Problem } };
  };
};

/** Headers that an answer always has, for its description. */
export function always(...names: string[]): DescribedHeaders {
  return Object.fromEntries(names.map((name) => [name, { schema: { type: "string" }, required: true }] as const));
}

const HEADERS: { readonly [S in ProblemStatus]?: DescribedHeaders } = {
  401: always("WWW-Authenticate"),
  429: always("Retry-After"),
  503: always("Retry-After"),
};

/** The problems that a route answers with, for its description. Anywhere the query may be malformed, the requests too
 * many, the database away. */
export function problems<S extends ProblemStatus>(...statuses: S[]): Described<S | 400 | 429 | 503> {
  const content = { "application/problem+json": { schema: Problem } } as const;
  const described = [400, ...statuses, 429, 503] as const;
  return Object.fromEntries(
    described.map((status) => {
      const headers = HEADERS[status];
      return [status, { description: TITLES[status] as string, content, ...(headers && { headers }) }];
    }),
  ) as unknown as Described<S | 400 | 429 | 503>;
}
