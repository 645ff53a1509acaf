/** Redis by Upstash's REST API: several commands in one call, answered soon or not at all.
 * https://upstash.com/docs/redis/features/restapi */

import { Breaker } from "../breaker";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";

export type Command = readonly [name: string, ...words: (string | number)[]];
/** As JSON tells it; null where a command was refused. */
export type Reply = unknown;

const DEADLINE_MS = 250;
const LONGEST_ANSWER = 2 << 20;

/** Redis did not answer, or not as Redis does. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

// One an isolate, and so for one Redis.
const breaker = new Breaker({
  failures: 5,
  share: 0.5,
  windowMs: 10_000,
  openMs: 500,
  longestOpenMs: 5000,
  trialMs: 4 * DEADLINE_MS,
});

export class Redis {
  constructor(
    readonly env: Pick<Env, "UPSTASH_REDIS_REST_URL" | "UPSTASH_REDIS_REST_TOKEN">,
    readonly observed: Observation,
  ) {}

  /** A reply for each command. `urgent`: also while others are kept from asking. Raises RedisUnavailableError. */
  pipeline(commands: readonly Command[], { urgent = false } = {}): Promise<Reply[]> {
    return this.observed.watch("cache", async () => {
      const ticket = breaker.admit(Date.now());
      if (ticket === null && !urgent) throw new RedisUnavailableError("it has been failing");
      try {
        const replies = await this.#ask(commands);
        if (ticket !== null) breaker.tell(ticket, true, Date.now());
        return replies;
      } catch (error) {
        if (ticket !== null) breaker.tell(ticket, false, Date.now());
        throw new RedisUnavailableError("it did not answer as it should", { cause: error });
      }
    });
  }

  async #ask(commands: readonly Command[]): Promise<Reply[]> {
    const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = this.env;
    const answer = await fetch(new URL("/pipeline", url), {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(commands),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    const replies: unknown = answer.ok ? JSON.parse(await text(answer)) : await answer.body?.cancel();
    if (!Array.isArray(replies) || replies.length !== commands.length) throw new Error("no replies");
    return replies.map(result);
  }
}

function result(reply: unknown): Reply {
  if (typeof reply !== "object" || reply === null) throw new Error("no reply");
  if ("result" in reply) return reply.result;
  if ("error" in reply) return null;
  throw new Error("no reply");
}

async function text(answer: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let [read, length] = ["", 0];
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength;
    if (length > LONGEST_ANSWER) throw new Error("too long an answer");
    read += decoder.decode(chunk, { stream: true });
  }
  return read + decoder.decode();
}
