/** JSON bodies, read strictly: small, shallow, in UTF-8, and without a name twice (which of both is meant nobody
 * knows, and two readers may differ). */

import { JsonError, parseStrictly } from "../security/strict-json";
import { ProblemError } from "./problems";
import type { Requests } from "./requests";

export const MAX_BYTES = 64 * 1024;
export const MAX_DEPTH = 8;

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/** Before a route's validation: refuses what is no JSON as above, and leaves the text to who validates it. */
export const strictJson: Requests = async (c, next) => {
  const type = c.req.header("content-type") ?? "";
  if (!JSON_TYPE.test(type) || c.req.header("content-encoding") !== undefined) {
    throw new ProblemError(415, "the body must be application/json in UTF-8, without an encoding");
  }
  const { url, method, headers } = c.req.raw;
  const body = checked(decode(await read(c.req.raw, MAX_BYTES)));
  c.req.raw = new Request(url, { method, headers, body });
  await next();
};

/** The text, when it is JSON as above. Raises a problem (400) when it is not. */
export function checked(text: string): string {
  try {
    parseStrictly(text, MAX_DEPTH);
    return text;
  } catch (error) {
    throw error instanceof JsonError ? new ProblemError(400, `the body ${said(error)}`) : error;
  }
}

function said({ message }: JsonError): string {
  return message.startsWith("nested") ? `is ${message}` : message;
}

/** The whole body. Raises a problem (413) as soon as it is known to have more than `most` bytes. */
async function read(request: Request, most: number): Promise<Uint8Array> {
  const tooLarge = new ProblemError(413, `the body may have ${most} bytes`);
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge;
  const whole = new Uint8Array(most);
  let size = 0;
  for await (const part of request.body ?? []) {
    if (size + part.byteLength > most) throw tooLarge;
    whole.set(part, size);
    size += part.byteLength;
  }
  return whole.subarray(0, size);
}

function decode(content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(content);
  } catch {
    throw new ProblemError(400, "the body is not in UTF-8");
  }
}
