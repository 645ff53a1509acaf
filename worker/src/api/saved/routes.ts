/** Pitches that somebody wants to find again. */

import { createRoute, z } from "@hono/zod-openapi";
import { only, signedIn } from "../authorization";
import { Id } from "../fields";
import { nothingHere, problems } from "../problems";
import { BEARER, PRIVATE, room } from "../routing";
import { forget, save } from "./queries";

const TAGS = ["saved"];
const PitchInPath = z.object({ pitch: Id });

const put = createRoute({
  method: "put",
  path: "/saved/{pitch}",
  tags: TAGS,
  summary: "Save a pitch",
  security: BEARER,
  middleware: [only("investor", "production")] as const,
  request: { params: PitchInPath },
  responses: { 204: { description: "Saved" }, ...problems(401, 403, 404, 409) },
});

const remove = createRoute({
  method: "delete",
  path: "/saved/{pitch}",
  tags: TAGS,
  summary: "Save a pitch no more",
  security: BEARER,
  middleware: [only("investor", "production")] as const,
  request: { params: PitchInPath },
  responses: { 204: { description: "Not saved" }, ...problems(401, 403, 404) },
});

export function saved() {
  return room()
    .openapi(put, async (c) => {
      const { pitch } = c.req.valid("param");
      const { person } = signedIn(c);
      if (!(await c.env.services.database.write((sql) => save(sql, person, pitch)))) throw nothingHere();
      return c.body(null, 204, PRIVATE);
    })
    .openapi(remove, async (c) => {
      const { pitch } = c.req.valid("param");
      const { person } = signedIn(c);
      await c.env.services.database.write((sql) => forget(sql, person, pitch));
      return c.body(null, 204, PRIVATE);
    });
}
