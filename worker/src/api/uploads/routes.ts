/** Files of a pitch: for its creator, and for whom an NDA was granted. */

import { createRoute, z } from "@hono/zod-openapi";
import { within } from "../../deadline";
import { cleanFileName, declaredFault, LIMITS } from "../../security/content";
import { only, requireOwn, sight, signedIn } from "../authorization";
import { IdInPath, line } from "../fields";
import { lockPitch, owned } from "../pitches/queries";
import { always, nothingHere, ProblemError, problems, unavailable } from "../problems";
import type { Asked } from "../requests";
import { BEARER, json, PRIVATE, room } from "../routing";
import { countUploads, insertUpload, MOST_UPLOADS, type StoredRow, stored } from "./queries";
import { Upload } from "./schemas";
import { problemOfContent, store } from "./storing";
import { uploadOf } from "./telling";

const TAGS = ["uploads"];
const BYTES = { schema: { type: "string", format: "binary" } } as const;
const FILE = Object.fromEntries(Object.keys(LIMITS).map((type) => [type, BYTES]));

const add = createRoute({
  method: "post",
  path: "/pitches/{id}/uploads",
  tags: TAGS,
  summary: "Add a file to a pitch of one's own",
  description: "The body is the file. It must be what its Content-Type says, by its first bytes.",
  security: BEARER,
  middleware: [only("creator")] as const,
  request: {
    params: IdInPath,
    query: z.strictObject({ name: line(200) }),
    body: {
      required: true,
      content: FILE,
    },
  },
  responses: {
    201: { ...json("Added", Upload), headers: always("Location") },
    ...problems(401, 403, 404, 409, 411, 413, 415),
  },
});

const download = createRoute({
  method: "get",
  path: "/uploads/{id}",
  tags: TAGS,
  summary: "A file",
  description: "Ranges and conditions are kept to.",
  security: BEARER,
  middleware: [only()] as const,
  request: { params: IdInPath },
  responses: {
    200: { description: "The file", content: FILE },
    206: { description: "The part that was asked for", content: FILE },
    304: { description: "The file is as it was" },
    ...problems(401, 404, 412, 416),
  },
});

export function uploads() {
  return room()
    .openapi(add, async (c) => {
      const { id: pitch } = c.req.valid("param");
      const { name } = c.req.valid("query");
      const { person: owner } = signedIn(c);
      const { services, env } = c.env;
      const declared = c.req.header("content-type") ?? null;
      const bytes = length(c.req.header("content-length"));
      const fault = declaredFault(declared, bytes);
      if (fault !== null) throw problemOfContent(fault);
      const { body } = c.req.raw;
      if (bytes === null || bytes === 0 || body === null) throw new ProblemError(400, "the file has no bytes");
      const [row] = await services.database.read((sql) => owned(sql, pitch), { fresh: true });
      requireOwn(row, signedIn(c));
      const id = crypto.randomUUID();
      const key = `pitches/${pitch}/${id}`;
      const contentType = (declared ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
      const kept = await store(env.UPLOADS, key, { body, contentType, bytes }, services.waitUntil);
      const upload = { id, pitch, owner, key, name: cleanFileName(name), contentType, ...kept };
      try {
        const made = await services.database.write(async (sql) => {
          // Locked, so that two at a time do not both find the last place free.
          requireOwn(await lockPitch(sql, pitch), signedIn(c));
          const [counted] = await countUploads(sql, pitch);
          if ((counted?.count ?? 0) >= MOST_UPLOADS) {
            throw new ProblemError(409, `a pitch has at most ${MOST_UPLOADS} files`);
          }
          return insertUpload(sql, upload);
        });
        return c.json(uploadOf(made), 201, { ...PRIVATE, location: `/api/uploads/${id}` });
      } catch (error) {
        // A file that no row names would be kept for ever. That the row was written although its transaction's answer
        // was lost is told apart by asking.
        services.waitUntil(discard(c, id, owner, key));
        throw error;
      }
    })
    .openapi(download, async (c) => {
      const { id } = c.req.valid("param");
      const caller = signedIn(c);
      const { database } = c.env.services;
      const [row] = await database.read((sql) => stored(sql, id, caller.person), { fresh: true });
      if (row === undefined || sight(row, caller, row.ndaStatus) !== "whole") throw nothingHere();
      return answer(c.req.raw, row, await fetchObject(c.env.env.UPLOADS, row.key, c.req.raw.headers));
    });
}

async function discard(c: Asked, id: string, owner: string, key: string): Promise<void> {
  const { services, env } = c.env;
  try {
    const [row] = await services.database.read((sql) => stored(sql, id, owner), { fresh: true });
    if (row === undefined) await env.UPLOADS.delete(key);
  } catch {
    // The database cannot say: then the file stays rather than a row without one.
  }
}

const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
// Until its first byte.
const FOUND_MS = 10_000;
// What is no list of entity tags (RFC 9110, 8.8.3) names none.
const TAGS_LISTED = /^\s*(?:\*|(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*)\s*$/;
const RANGE = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/;

type Found = R2Object | R2ObjectBody;

async function fetchObject(bucket: R2Bucket, key: string, headers: Headers): Promise<Found> {
  const onlyIf = conditions(headers);
  // What is no single range of bytes is no range (RFC 9110, 14.2).
  const ranged = RANGE.test(headers.get("range") ?? "") && !headers.has("if-range");
  let found: Found | null;
  try {
    const asked = bucket.get(key, {
      ...(onlyIf === null ? {} : { onlyIf }),
      ...(ranged ? { range: headers } : {}),
    });
    found = await within<Found | null>(asked, FOUND_MS, () => {
      throw unreadable();
    });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (ranged && (await bucket.head(key).catch(() => null)) !== null) {
      throw new ProblemError(416, "the file has no such range");
    }
    throw unreadable();
  }
  if (found === null) throw unreadable();
  return found;
}

function unreadable(): ProblemError {
  return unavailable("the file cannot be read at the moment");
}

/** Those that can be held against a file, null when there is none: the bucket takes no others. Raises a problem (412)
 * for an `If-Match` that no file can fit. */
function conditions(headers: Headers): Headers | null {
  const named = CONDITIONS.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    const isRead = value !== null && (!name.endsWith("match") || TAGS_LISTED.test(value));
    if (value !== null && !isRead && name === "if-match") {
      throw new ProblemError(412, "no file is as the condition says");
    }
    return isRead ? [[name, value]] : [];
  });
  return named.length === 0 ? null : new Headers(named);
}

function answer(request: Request, row: StoredRow, found: Found): Response {
  const headers = new Headers({
    ...PRIVATE,
    "accept-ranges": "bytes",
    etag: found.httpEtag,
    "last-modified": found.uploaded.toUTCString(),
  });
  if (!("body" in found)) {
    const unchanged = request.headers.has("if-none-match") || request.headers.has("if-modified-since");
    if (unchanged && !request.headers.has("if-match")) return new Response(null, { status: 304, headers });
    throw new ProblemError(412, "the file is not as the condition says", { etag: found.httpEtag });
  }
  headers.set("content-type", row.contentType);
  // Never shown by a browser as a page of ours.
  headers.set("content-disposition", `attachment; filename*=UTF-8''${encodeURIComponent(row.name)}`);
  const part = request.headers.has("range") ? bounds(found) : null;
  if (part === null) {
    headers.set("content-length", String(found.size));
    return new Response(found.body, { headers });
  }
  const [first, last] = part;
  headers.set("content-range", `bytes ${first}-${last}/${found.size}`);
  headers.set("content-length", String(last - first + 1));
  return new Response(found.body, { status: 206, headers });
}

/** The first and the last byte of what the bucket gave; null when it gave all. */
function bounds({ range, size }: R2ObjectBody): readonly [number, number] | null {
  if (range === undefined) return null;
  // The platform names all three, and leaves open what was not asked for.
  const asked: { suffix?: number; offset?: number; length?: number } = range;
  if (asked.suffix !== undefined) return [Math.max(0, size - asked.suffix), size - 1];
  const { offset = 0, length = size - offset } = asked;
  return offset === 0 && length >= size ? null : [offset, Math.min(offset + length, size) - 1];
}

function length(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
