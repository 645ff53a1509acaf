/** NDAs: asked for by investors and production companies, answered by the pitch's creator. */

import { z } from "@hono/zod-openapi";
import { Cursor, Id, Limit, RoleName, text, Time } from "../fields";

export const NdaStatusName = z.enum(["requested", "granted", "refused"]).openapi("NdaStatus");

export const NdaRequest = z.strictObject({ message: text(2000, { least: 0 }).default("") }).openapi("NdaRequest");
/** An answer may be changed: a grant can be taken back. */
export const NdaAnswer = z.strictObject({ status: z.enum(["granted", "refused"]) }).openapi("NdaAnswer");

export const Nda = z
  .object({
    id: Id,
    pitch: z.object({ id: Id, title: z.string() }),
    requester: z.object({ id: Id, name: z.string(), role: RoleName }),
    message: z.string(),
    status: NdaStatusName,
    requestedAt: Time,
    answeredAt: Time.nullable(),
  })
  .openapi("Nda");

export const Ndas = z.object({ ndas: z.array(Nda), next: z.string().nullable() }).openapi("Ndas");

export const NdasListed = z.strictObject({
  status: NdaStatusName.optional(),
  cursor: Cursor.optional(),
  limit: Limit.optional(),
});
