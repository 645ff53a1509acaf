/** A file on its way into the bucket: looked at, hashed and counted as it passes, never held whole. */

import { within } from "../../deadline";
import { type ContentFault, HEAD_BYTES, headFault } from "../../security/content";
import { ProblemError, unavailable } from "../problems";

export interface Stored {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

export interface Incoming {
  readonly body: ReadableStream<Uint8Array>;
  readonly contentType: string;
  /** As declared; a body that has not as many is not kept. */
  readonly bytes: number;
}

// How long a bucket may take no byte, or not say that it has all of them.
const STALLED_MS = 15_000;
const CLEARED_MS = 1000;

/** Puts the file under `key`. Raises a problem: 415 when its first bytes are not of its type, 400 when it breaks off,
 * 503 when the bucket fails or stalls. Nothing is kept then; `later` takes what is still to be done for that. */
export async function store(
  bucket: R2Bucket,
  key: string,
  incoming: Incoming,
  later: (work: Promise<unknown>) => void,
): Promise<Stored> {
  const { body, contentType, bytes } = incoming;
  const reader = body.getReader();
  const head = await readHead(reader);
  const fault = headFault(contentType, joined(head));
  if (fault !== null) {
    await reader.cancel().catch(() => undefined);
    throw problemOfContent(fault);
  }
  const digest = new crypto.DigestStream("SHA-256");
  const hashing = digest.getWriter();
  const { readable, writable } = new FixedLengthStream(bytes);
  const writing = writable.getWriter();
  const putting = bucket.put(key, readable, { httpMetadata: { contentType } });
  // The bucket may give up before the last byte is written: it is waited for below.
  putting.catch(() => undefined);
  try {
    for await (const part of parts(head, reader)) {
      await taken(Promise.all([writing.write(part), hashing.write(part)]));
    }
    await taken(Promise.all([writing.close(), hashing.close()]));
    await taken(putting);
  } catch (error) {
    const broken = error instanceof BrokenOffError;
    const over = Promise.allSettled([writing.abort(error), hashing.abort(error), digest.digest, putting]);
    const cleared = over.then(() => bucket.delete(key)).catch(() => undefined);
    await within(cleared, CLEARED_MS, () => later(cleared));
    if (broken) throw new ProblemError(400, "the file broke off: it has not as many bytes as were announced");
    throw unavailable("the file could not be stored; nothing of it is kept", 5);
  }
  const hash = new Uint8Array(await digest.digest);
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { bytes, sha256 };
}

/** Raises once the bucket has stalled. */
function taken<T>(work: Promise<T>): Promise<T> {
  return within(work, STALLED_MS, () => {
    throw new Error("the bucket stalls");
  });
}

export function problemOfContent({ status, detail }: ContentFault): ProblemError {
  return new ProblemError(status, detail);
}

class BrokenOffError extends Error {
  override readonly name = "BrokenOffError";
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The first parts, until there are enough bytes to tell what they are. */
async function readHead(reader: Reader): Promise<Uint8Array[]> {
  const head: Uint8Array[] = [];
  for (let size = 0; size < HEAD_BYTES; ) {
    const { done, value } = await next(reader);
    if (done) break;
    head.push(value);
    size += value.byteLength;
  }
  return head;
}

async function* parts(head: readonly Uint8Array[], reader: Reader): AsyncGenerator<Uint8Array> {
  yield* head;
  for (;;) {
    const { done, value } = await next(reader);
    if (done) return;
    yield value;
  }
}

async function next(reader: Reader) {
  try {
    return await reader.read();
  } catch (error) {
    throw new BrokenOffError("the body broke off", { cause: error });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
