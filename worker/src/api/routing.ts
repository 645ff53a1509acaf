/** How the API's rooms are put together. */

import { OpenAPIHono, type z } from "@hono/zod-openapi";
import { nothingHere, ProblemError } from "./problems";
import type { Here } from "./requests";

/** An application whose validation answers with problems. */
export function room(): OpenAPIHono<Here> {
  return new OpenAPIHono<Here>({
    defaultHook: (result) => {
      if (result.success) return;
      // A path that names nothing possible names nothing.
      if (result.target === "param") throw nothingHere();
      const body = result.target === "json";
      throw new ProblemError(body ? 422 : 400, described(body), {}, faults(result.error, body));
    },
  });
}

function described(body: boolean): string {
  return body ? "the body is not as it must be" : "the query is not as it must be";
}

// More would be told of one request only to whoever tries.
const MOST_FAULTS = 20;

function faults(error: z.ZodError, body: boolean): { readonly at: string; readonly detail: string }[] {
  return error.issues.slice(0, MOST_FAULTS).map(({ path, message }) => {
    const at = path.map(String).join("/");
    return { at: body ? `/${at}` : at, detail: message };
  });
}

/** An answer's content for its description. */
export function json<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** A request's body for its description and validation. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

export const BEARER: { bearer: string[] }[] = [{ bearer: [] }];
/** With a token more is told, without one less. */
export const BEARER_OR_NONE: ({ bearer: string[] } | Record<string, never>)[] = [{}, { bearer: [] }];
/** Of an answer that is somebody's own. */
export const PRIVATE = { "cache-control": "private, no-store" } as const;
