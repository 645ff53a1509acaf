/** What each portal shows first. */

import { z } from "@hono/zod-openapi";
import { Time } from "../fields";
import { Nda } from "../ndas/schemas";
import { PitchStatusName, PitchSummary } from "../pitches/schemas";

const Count = z.int().min(0);
const Counted = z.object({ requested: Count, granted: Count, refused: Count });

export const CreatorDashboard = z
  .object({
    portal: z.literal("creator"),
    /** Those that were changed last. */
    pitches: z.array(
      PitchSummary.extend({ status: PitchStatusName, revision: z.int().min(1), updatedAt: Time, saved: Count }),
    ),
    totals: z.object({ drafts: Count, published: Count, archived: Count, views: Count, saved: Count }),
    ndas: Counted,
    /** To be answered, newest first. */
    waiting: z.array(Nda),
  })
  .openapi("CreatorDashboard");

const Saved = z.array(PitchSummary.extend({ savedAt: Time }));

export const InvestorDashboard = z
  .object({
    portal: z.literal("investor"),
    saved: Saved,
    ndas: Counted,
    requests: z.array(Nda),
  })
  .openapi("InvestorDashboard");

export const ProductionDashboard = z
  .object({
    portal: z.literal("production"),
    saved: Saved,
    ndas: Counted,
    requests: z.array(Nda),
    /** What granted NDAs have opened. */
    opened: z.array(PitchSummary),
  })
  .openapi("ProductionDashboard");

export const Dashboard = z
  .discriminatedUnion("portal", [CreatorDashboard, InvestorDashboard, ProductionDashboard])
  .openapi("Dashboard");
