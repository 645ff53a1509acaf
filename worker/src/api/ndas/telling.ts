import type { z } from "@hono/zod-openapi";
import { time } from "../fields";
import type { NdaRow } from "./queries";
import type { Nda } from "./schemas";

export function ndaOf(row: NdaRow): z.infer<typeof Nda> {
  const { id, message, status, requestedAt, answeredAt } = row;
  return {
    id,
    pitch: { id: row.pitchId, title: row.pitchTitle },
    requester: { id: row.requesterId, name: row.requesterName, role: row.requesterRole },
    message,
    status,
    requestedAt: time(requestedAt),
    answeredAt: answeredAt === null ? null : time(answeredAt),
  };
}
