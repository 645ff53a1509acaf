/** The API's description, generated from the schemas that requests are validated by. */

import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Asked, Here } from "./requests";

const INFO = {
  title: "Pitchey",
  version: "1",
  description:
    "Connects film creators with investors and production companies. Errors are problems of RFC 9457; lists go on at " +
    "`next`, given as `cursor`.",
};

/** Answers with the description, which is written once in each isolate. */
export function describe(api: OpenAPIHono<Here>): (c: Asked) => Response {
  let text: string | null = null;
  return () => {
    text ??= JSON.stringify(describedOf(api));
    return new Response(text, {
      headers: { "content-type": "application/json", "cache-control": "public, no-cache" },
    });
  };
}

function describedOf(api: OpenAPIHono<Here>): unknown {
  const { openAPIRegistry } = api;
  openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
  });
  openAPIRegistry.registerComponent("securitySchemes", "refresh", {
    type: "apiKey",
    in: "cookie",
    name: "pitchey-refresh",
  });
  return api.getOpenAPI31Document({ openapi: "3.1.0", info: INFO, servers: [{ url: "/" }] });
}
