/** The catalogue, and what creators do with their pitches. */

import { createRoute, z } from "@hono/zod-openapi";
import { CACHE_HEADER, type Verdict } from "../../cache";
import { only, requireOwn, sight, signedIn } from "../authorization";
import { strictJson } from "../bodies";
import { IdInPath } from "../fields";
import { always, nothingHere, problems } from "../problems";
import type { Asked } from "../requests";
import { BEARER, BEARER_OR_NONE, json, jsonBody, PRIVATE, room } from "../routing";
import { uploadOf } from "../uploads/telling";
import { uploadsOf } from "../uploads/queries";
import { inDemand, LISTS, listed, published, tagOfPitch, tagsOf } from "./cached";
import { inside, insertPitch, lockPitch, pitch, type PitchRow, updatePitch } from "./queries";
import { IfMatch, requireRevision, tagOf } from "./revisions";
import {
  DEFAULT_LIMIT,
  InDemand,
  Listed,
  NewPitch,
  Pitch,
  PitchChange,
  type PitchDetail,
  Pitches,
  Trending,
} from "./schemas";
import { publicOf } from "./telling";

const TAGS = ["pitches"];

const list = createRoute({
  method: "get",
  path: "/pitches",
  tags: TAGS,
  summary: "Published pitches, newest first; with words to look for, best first",
  security: BEARER_OR_NONE,
  request: { query: Listed },
  responses: { 200: json("A page of pitches", Pitches), ...problems(401) },
});

const trending = createRoute({
  method: "get",
  path: "/pitches/trending",
  tags: TAGS,
  summary: "Pitches that are in demand",
  security: BEARER_OR_NONE,
  request: { query: InDemand },
  responses: { 200: json("Pitches, most wanted first", Trending), ...problems(401) },
});

const detail = createRoute({
  method: "get",
  path: "/pitches/{id}",
  tags: TAGS,
  summary: "One pitch",
  description: "Its synopsis and files are for its creator, and for whom an NDA was granted.",
  security: BEARER_OR_NONE,
  request: { params: IdInPath },
  responses: { 200: json("The pitch", Pitch), ...problems(401, 404) },
});

const create = createRoute({
  method: "post",
  path: "/pitches",
  tags: TAGS,
  summary: "Write a pitch",
  security: BEARER,
  middleware: [only("creator"), strictJson] as const,
  request: { body: jsonBody(NewPitch) },
  responses: {
    201: { ...json("The pitch", Pitch), headers: always("ETag", "Location") },
    ...problems(401, 403, 409, 413, 415, 422),
  },
});

const change = createRoute({
  method: "patch",
  path: "/pitches/{id}",
  tags: TAGS,
  summary: "Change a pitch of one's own",
  description: "`If-Match` names the revision that the change was made from.",
  security: BEARER,
  middleware: [only("creator"), strictJson] as const,
  request: {
    params: IdInPath,
    headers: z.object({ "if-match": IfMatch }),
    body: jsonBody(PitchChange),
  },
  responses: {
    200: { ...json("The pitch", Pitch), headers: always("ETag") },
    ...problems(401, 403, 404, 412, 413, 415, 422, 428),
  },
});

export function pitches() {
  return room()
    .openapi(list, async (c) => {
      const { genre, format, q, cursor, limit } = c.req.valid("query");
      const { value, verdict } = await listed(c.env.services, {
        genre: genre ?? null,
        format: format ?? null,
        words: q ?? null,
        cursor: cursor ?? null,
        limit: limit ?? DEFAULT_LIMIT,
      });
      return c.json(value, 200, open(verdict, LISTS));
    })
    .openapi(trending, async (c) => {
      const { limit } = c.req.valid("query");
      const { value, verdict } = await inDemand(c.env.services, limit ?? DEFAULT_LIMIT);
      return c.json(value, 200, open(verdict, LISTS));
    })
    .openapi(detail, async (c) => {
      const { id } = c.req.valid("param");
      if (c.var.caller !== null) {
        const seen = await seenBy(c, id);
        return c.json(seen, 200, { ...PRIVATE, etag: tagOf(seen.revision) });
      }
      const { value, verdict } = await published(c.env.services, id);
      const headers = open(verdict, tagOfPitch(id));
      if (value === null) throw nothingHere(headers);
      return c.json(value, 200, headers);
    })
    .openapi(create, async (c) => {
      const values = c.req.valid("json");
      const { database, caching } = c.env.services;
      const row = await database.write((sql) => insertPitch(sql, signedIn(c).person, values));
      await caching.invalidate(tagsOf(row.id, row.status));
      const location = `/api/pitches/${row.id}`;
      return c.json(own(row, values.synopsis, []), 201, { ...PRIVATE, location, etag: tagOf(row.revision) });
    })
    .openapi(change, async (c) => {
      const { id } = c.req.valid("param");
      const values = c.req.valid("json");
      const { database, caching } = c.env.services;
      const [before, row, synopsis, files] = await database.write(async (sql) => {
        const before = await lockPitch(sql, id);
        requireOwn(before, signedIn(c));
        requireRevision(c.req.header("if-match"), before.revision);
        const after = await updatePitch(sql, id, values);
        return [before.status, after, after.synopsis, await uploadsOf(sql, id)] as const;
      });
      await caching.invalidate(tagsOf(id, before, row.status));
      return c.json(own(row, synopsis, files.map(uploadOf)), 200, { ...PRIVATE, etag: tagOf(row.revision) });
    });
}

/** The pitch as far as the caller sees it. Raises a problem (404) when that is not at all. */
async function seenBy(c: Asked, id: string): Promise<PitchDetail> {
  const caller = signedIn(c);
  const { database } = c.env.services;
  const [[row], [more]] = await Promise.all([
    database.read((sql) => pitch(sql, id), { fresh: true }),
    database.read((sql) => inside(sql, id, caller.person), { fresh: true }),
  ]);
  if (row === undefined || more === undefined) throw nothingHere();
  const { synopsis, ndaId, ndaStatus, saved } = more;
  const seen = sight(row, caller, ndaStatus);
  if (seen === "none") throw nothingHere();
  const nda = ndaId === null || ndaStatus === null ? null : { id: ndaId, status: ndaStatus };
  if (seen === "public") return { ...publicOf(row), nda, saved };
  const files = await database.read((sql) => uploadsOf(sql, id), { fresh: true });
  return { ...publicOf(row), nda, saved, whole: { synopsis, uploads: files.map(uploadOf) } };
}

function own(row: PitchRow, synopsis: string, uploads: NonNullable<PitchDetail["whole"]>["uploads"]): PitchDetail {
  return { ...publicOf(row), whole: { synopsis, uploads } };
}

/** Everybody may keep it until something with the tag changes, and must ask whether it still is so. */
function open(verdict: Verdict, tag: string): Record<string, string> {
  return { "cache-control": "public, max-age=0, must-revalidate", "cache-tag": tag, [CACHE_HEADER]: verdict };
}
