/** Bodies of requests that were answered without being read. */

const MOST_BYTES = 64 * 1024;
const PATIENCE_MS = 100;

/** Reads what is left of a small body, before the answer leaves: a connection on which a body was left unread is closed
 * once the answer is sent, under whatever its client sends next. One that is large or late is left. */
export async function readUp(request: Request): Promise<void> {
  const { body, bodyUsed } = request;
  if (body === null || bodyUsed || body.locked) return;
  const reader = body.getReader();
  const late = scheduler.wait(PATIENCE_MS).then(() => null);
  try {
    for (let bytes = 0; bytes <= MOST_BYTES; ) {
      const part = await Promise.race([reader.read(), late]);
      if (part === null || part.done) return;
      bytes += part.value.byteLength;
    }
  } catch {
    // Whoever sent it is gone, and the answer reaches nobody.
  }
}
