/** Asking for what a pitch keeps to itself, and the answers. */

import { createRoute } from "@hono/zod-openapi";
import { only, sight, signedIn } from "../authorization";
import { strictJson } from "../bodies";
import { decode, page } from "../cursors";
import { IdInPath } from "../fields";
import { owned } from "../pitches/queries";
import { nothingHere, ProblemError, problems } from "../problems";
import { BEARER, json, jsonBody, PRIVATE, room } from "../routing";
import { answerNda, lockNda, ndasOf, requestNda } from "./queries";
import { Nda, NdaAnswer, NdaRequest, Ndas, NdasListed } from "./schemas";
import { ndaOf } from "./telling";

const TAGS = ["ndas"];
const DEFAULT_LIMIT = 20;

const ask = createRoute({
  method: "post",
  path: "/pitches/{id}/ndas",
  tags: TAGS,
  summary: "Ask for an NDA",
  security: BEARER,
  middleware: [only("investor", "production"), strictJson] as const,
  request: { params: IdInPath, body: jsonBody(NdaRequest) },
  responses: {
    200: json("It was asked for before, and stands as it is", Nda),
    201: json("Asked for", Nda),
    ...problems(401, 403, 404, 409, 413, 415, 422),
  },
});

const list = createRoute({
  method: "get",
  path: "/ndas",
  tags: TAGS,
  summary: "NDAs that one has asked for; for creators, those that they were asked for",
  security: BEARER,
  middleware: [only("creator", "investor", "production")] as const,
  request: { query: NdasListed },
  responses: { 200: json("A page of NDAs, newest first", Ndas), ...problems(401, 403) },
});

const answer = createRoute({
  method: "patch",
  path: "/ndas/{id}",
  tags: TAGS,
  summary: "Grant or refuse an NDA of one's own pitch",
  security: BEARER,
  middleware: [only("creator", "investor", "production"), strictJson] as const,
  request: { params: IdInPath, body: jsonBody(NdaAnswer) },
  responses: { 200: json("Answered", Nda), ...problems(401, 403, 404, 413, 415, 422) },
});

export function ndas() {
  return room()
    .openapi(ask, async (c) => {
      const { id } = c.req.valid("param");
      const { message } = c.req.valid("json");
      const caller = signedIn(c);
      const { database } = c.env.services;
      const [pitch] = await database.read((sql) => owned(sql, id), { fresh: true });
      if (pitch === undefined || sight(pitch, caller, null) === "none") throw nothingHere();
      const { row, isNew } = await database.write((sql) =>
        requestNda(sql, { pitch: id, requester: caller.person, message }),
      );
      return isNew ? c.json(ndaOf(row), 201, PRIVATE) : c.json(ndaOf(row), 200, PRIVATE);
    })
    .openapi(list, async (c) => {
      const { status, cursor, limit = DEFAULT_LIMIT } = c.req.valid("query");
      const { person, role } = signedIn(c);
      const side = role === "creator" ? "creator" : "requester";
      const after = cursor === undefined ? null : decode("requested", cursor);
      const listing = { status: status ?? null, after, limit };
      const rows = await c.env.services.database.read((sql) => ndasOf(sql, side, person, listing), { fresh: true });
      const { rows: shown, next } = page("requested", rows, limit);
      return c.json({ ndas: shown.map(ndaOf), next }, 200, PRIVATE);
    })
    .openapi(answer, async (c) => {
      const { id } = c.req.valid("param");
      const { status } = c.req.valid("json");
      const { person } = signedIn(c);
      const row = await c.env.services.database.write(async (sql) => {
        const parties = await lockNda(sql, id);
        if (parties === undefined || (parties.creatorId !== person && parties.requesterId !== person)) {
          throw nothingHere();
        }
        if (parties.creatorId !== person) throw new ProblemError(403, "the pitch's creator answers");
        return answerNda(sql, id, status);
      });
      return c.json(ndaOf(row), 200, PRIVATE);
    });
}
