/** What each portal shows first, in one answer. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Sql } from "postgres";
import type { Database } from "../../database/database";
import { only, signedIn } from "../authorization";
import { RoleName, time } from "../fields";
import { ndasOf, type PlacedNda } from "../ndas/queries";
import { ndaOf } from "../ndas/telling";
import { summaryOf } from "../pitches/telling";
import { ProblemError, problems } from "../problems";
import { BEARER, json, PRIVATE, room } from "../routing";
import { readTogether } from "../together";
import {
  type CountsRow,
  ndaCounts,
  openedPitches,
  ownPitches,
  type SavedRow,
  savedPitches,
  SHOWN,
  totals,
} from "./queries";
import { Dashboard } from "./schemas";

type Told = z.infer<typeof Dashboard>;
type Portal = Told["portal"];

interface Requested {
  readonly saved: readonly SavedRow[];
  readonly counts: readonly CountsRow[];
  readonly requests: readonly PlacedNda[];
}

const show = createRoute({
  method: "get",
  path: "/dashboards/{portal}",
  tags: ["dashboards"],
  summary: "A portal's dashboard, for who has that role",
  security: BEARER,
  middleware: [only()] as const,
  request: { params: z.object({ portal: RoleName }) },
  responses: { 200: json("The dashboard", Dashboard), ...problems(401, 403, 404) },
});

export function dashboards() {
  return room().openapi(show, async (c) => {
    const { portal } = c.req.valid("param");
    const { person, role } = signedIn(c);
    if (role !== portal) throw new ProblemError(403, `this is for: ${portal}`);
    return c.json(await DASHBOARDS[portal](c.env.services.database, person), 200, PRIVATE);
  });
}

const NO_COUNTS = { requested: 0, granted: 0, refused: 0 };
const NO_TOTALS = { drafts: 0, published: 0, archived: 0, views: 0, saved: 0 };

const DASHBOARDS: { readonly [P in Portal]: (database: Database, person: string) => Promise<Told> } = {
  async creator(database, person) {
    const listing = { status: "requested", after: null, limit: SHOWN } as const;
    const read = await readTogether(database, (sql) => ({
      own: ownPitches(sql, person),
      sums: totals(sql, person),
      counts: ndaCounts(sql, "creator", person),
      waiting: ndasOf(sql, "creator", person, listing),
    }));
    const { own, sums: [sums], counts: [counts], waiting } = read;
    const pitches = own.map((row) => {
      const { status, revision, saved, updatedAt } = row;
      return { ...summaryOf(row), status, revision, saved, updatedAt: time(updatedAt) };
    });
    return {
      portal: "creator",
      pitches,
      totals: sums ?? NO_TOTALS,
      ndas: counts ?? NO_COUNTS,
      waiting: waiting.slice(0, SHOWN).map(ndaOf),
    };
  },

  async investor(database, person) {
    return { portal: "investor", ...shown(await readTogether(database, (sql) => requested(sql, person))) };
  },

  async production(database, person) {
    const { opened, ...asked } = await readTogether(database, (sql) => ({
      ...requested(sql, person),
      opened: openedPitches(sql, person),
    }));
    return { portal: "production", ...shown(asked), opened: opened.map(summaryOf) };
  },
};

/** What investors and production companies have asked for. */
function requested(sql: Sql, person: string) {
  const listing = { status: null, after: null, limit: SHOWN };
  return {
    saved: savedPitches(sql, person),
    counts: ndaCounts(sql, "requester", person),
    requests: ndasOf(sql, "requester", person, listing),
  };
}

function shown({ saved, counts: [counts], requests }: Requested) {
  return {
    saved: saved.map((row) => ({ ...summaryOf(row), savedAt: time(row.savedAt) })),
    ndas: counts ?? NO_COUNTS,
    requests: requests.slice(0, SHOWN).map(ndaOf),
  };
}
