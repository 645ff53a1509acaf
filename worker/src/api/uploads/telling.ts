import type { z } from "@hono/zod-openapi";
import { time } from "../fields";
import type { UploadRow } from "./queries";
import type { Upload } from "./schemas";

export function uploadOf({ id, name, contentType, bytes, sha256, createdAt }: UploadRow): z.infer<typeof Upload> {
  return { id, name, contentType, bytes, sha256, createdAt: time(createdAt) };
}
