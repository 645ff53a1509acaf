import { z } from "@hono/zod-openapi";
import { Id, Time } from "../fields";

export const Upload = z
  .object({
    id: Id,
    name: z.string(),
    contentType: z.string(),
    bytes: z.int().min(1),
    /** In hexadecimal digits. */
    sha256: z.string().regex(/^[\da-f]{64}$/),
    createdAt: Time,
  })
  .openapi("Upload");
