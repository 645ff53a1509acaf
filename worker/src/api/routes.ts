/** Which route a path belongs to, and the methods that it is served by. */

import type { OpenAPIHono } from "@hono/zod-openapi";

type Definitions = OpenAPIHono["openAPIRegistry"]["definitions"];

const DESCRIPTION = "/api/openapi.json";

export interface Route {
  /** `/api/pitches/{id}`. */
  readonly pattern: string;
  /** HEAD and OPTIONS included. */
  readonly methods: readonly string[];
}

/** Null for a path that is not served at all. */
export type RouteOf = (path: string) => Route | null;

export function routesOf(definitions: Definitions): RouteOf {
  const served = new Map<string, { readonly path: string; readonly pattern: RegExp; readonly methods: Set<string> }>();
  const add = (path: string, method: string): void => {
    const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}$`);
    const known = served.get(path) ?? { path, pattern, methods: new Set(["OPTIONS"]) };
    known.methods.add(method);
    if (method === "GET") known.methods.add("HEAD");
    served.set(path, known);
  };
  add(DESCRIPTION, "GET");
  for (const definition of definitions) {
    if (definition.type === "route") add(definition.route.path, definition.route.method.toUpperCase());
  }
  return (path) => {
    // A path without parameters goes before one that has some and fits as well.
    const fitting = served.get(path) ?? [...served.values()].find(({ pattern }) => pattern.test(path));
    return fitting === undefined ? null : { pattern: fitting.path, methods: [...fitting.methods].sort() };
  };
}
