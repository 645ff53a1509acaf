/** The API as one Hono application, put together when it is first asked. */

import type { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { DatabaseUnavailableError } from "../database/database";
import { identify } from "./authorization";
import { dashboards } from "./dashboards/routes";
import { describe } from "./description";
import { problemOf } from "./failures";
import { ndas } from "./ndas/routes";
import { people } from "./people/routes";
import { pitches } from "./pitches/routes";
import { nothingHere, ProblemError } from "./problems";
import type { Here } from "./requests";
import { type Route, type RouteOf, routesOf } from "./routes";
import { room } from "./routing";
import { saved } from "./saved/routes";
import { status } from "./status/routes";
import { uploads } from "./uploads/routes";

export interface Application {
  readonly hono: OpenAPIHono<Here>;
  readonly routeOf: RouteOf;
}

export function application(): Application {
  const api = room();
  api.use(identify);
  const mounted = api
    .route("/", people())
    .route("/", pitches())
    .route("/", ndas())
    .route("/", uploads())
    .route("/", saved())
    .route("/", dashboards())
    .route("/", status());
  const whole = room();
  // A path without parameters is not another one's parameter: what it is not served by, nothing else answers.
  whole.use(async (c, next) => {
    const route = routeOf(c.req.path);
    const { method } = c.req;
    if (route === null || (method !== "OPTIONS" && route.methods.includes(method))) return next();
    return refused(method, route);
  });
  whole.route("/api", mounted);
  whole.get("/api/openapi.json", describe(whole));
  const routeOf = routesOf(whole.openAPIRegistry.definitions);
  whole.notFound(() => nothingHere().answer());
  whole.onError((error) => {
    if (error instanceof HTTPException && error.res !== undefined) return error.res;
    // Whoever keeps answers may have one from before.
    if (error instanceof DatabaseUnavailableError) throw error;
    const problem = problemOf(error);
    // What is left is a mistake of ours: whoever serves catches it, counts it and tells nothing of it.
    if (problem === null) throw error;
    return problem.answer();
  });
  return { hono: whole, routeOf };
}

/** OPTIONS is told what else there is; any other method that it is not. */
function refused(method: string, { methods }: Route): Response {
  const allow = methods.join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  return new ProblemError(405, `use ${allow}`, { allow }).answer();
}
