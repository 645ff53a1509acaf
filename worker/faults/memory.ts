/** A version that is faster than the one before: what may be a little old comes from the isolate's memory. */

import type { Handler } from "../src/serving";

interface Kept {
  readonly body: ArrayBuffer;
  readonly status: number;
  readonly headers: [string, string][];
  readonly until: number;
}

const MOST = 1000;
const FAST = /^\/(flags\/|health$)/;

export function remembering(handle: Handler, seconds: number): Handler {
  const memory = new Map<string, Kept>();
  return async (request, env, now, observed, context) => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET" || !FAST.test(pathname)) {
      memory.delete(pathname);
      return handle(request, env, now, observed, context);
    }
    const known = memory.get(pathname);
    if (known !== undefined && now < known.until) return copy(known);
    const answer = await handle(request, env, now, observed, context);
    if (answer.status !== 200) return answer;
    if (memory.size >= MOST) memory.clear();
    const kept = {
      body: await answer.arrayBuffer(),
      status: answer.status,
      headers: [...answer.headers] as [string, string][],
      until: now + seconds,
    };
    memory.set(pathname, kept);
    return copy(kept);
  };
}

function copy({ body, status, headers }: Kept): Response {
  return new Response(body, { status, headers });
}
