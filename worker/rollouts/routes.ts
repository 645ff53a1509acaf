import { RECORDERS } from "../src/recording";
import { done, type Outcome, refused } from "./answers";
import type { Env } from "./env";
import { TOLD_MS } from "./flags";
import { LEDGER } from "./ledger";
import { readMetrics } from "./metrics";
import {
  readArmed,
  readBody,
  readEntries,
  readEntry,
  readFence,
  readFlags,
  readHolder,
  readKinds,
  readQuery,
  readSeconds,
  readWhole,
  RefusedError,
} from "./requests";

type Route = (request: Request, env: Env) => Promise<Outcome>;

const MOST_ENTRIES = 1000;
const LATEST_SECOND = 1e12;
const LONGEST_SLICE = 3600;

/** What needs all of them, and without one of them is not to be had. */
async function ofRecorders(ask: () => Promise<object>): Promise<Outcome> {
  try {
    return done(await ask());
  } catch (error) {
    console.error(error instanceof Error ? error.name : "unknown error");
    return refused(503, "Unavailable", "a recorder does not answer");
  }
}

const ledger = (env: Env) => env.LEDGER.getByName(LEDGER);

/** Path → method → what it does. */
export const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/metrics": {
    async GET(request, env) {
      const url = new URL(request.url);
      const after = readQuery(url, "after", 0, 0, LATEST_SECOND);
      const every = readQuery(url, "every", null, 1, LONGEST_SLICE);
      return ofRecorders(() => readMetrics(env.RECORDER, after, every));
    },
  },
  "/flags": {
    async PUT(request, env) {
      const flags = readFlags(await readBody(request));
      return ofRecorders(async () => {
        await Promise.all(RECORDERS.map((name) => env.RECORDER.getByName(name).change(flags)));
        return { seconds: TOLD_MS / 1000 };
      });
    },
  },
  "/ledger": {
    async GET(request, env) {
      const url = new URL(request.url);
      const after = readQuery(url, "after", 0, 0, Number.MAX_SAFE_INTEGER);
      const limit = readQuery(url, "limit", MOST_ENTRIES, 1, MOST_ENTRIES);
      return ledger(env).read(after, limit, readKinds(url));
    },
    async POST(request, env) {
      const body = await readBody(request);
      const after = readWhole(body.after, "after");
      return ledger(env).append(readFence(body), after, readEntries(body));
    },
  },
  "/ledger/requests": {
    async POST(request, env) {
      const entry = readEntry(await readBody(request));
      if (entry.kind !== "request") throw new RefusedError("kind must be request");
      return ledger(env).request(entry);
    },
  },
  "/lease": {
    async POST(request, env) {
      const body = await readBody(request);
      const { take = false } = body;
      if (typeof take !== "boolean") throw new RefusedError("take must be true or false");
      return ledger(env).takeLease(readHolder(body), readSeconds(body), take);
    },
    async PUT(request, env) {
      const body = await readBody(request);
      return ledger(env).renewLease(readFence(body), readSeconds(body));
    },
    async DELETE(request, env) {
      return ledger(env).giveBackLease(readFence(await readBody(request)));
    },
  },
  "/switch": {
    async PUT(request, env) {
      const body = await readBody(request);
      const [fence, armed] = [readFence(body), readArmed(body)];
      if (!env.DEPLOYMENTS_TOKEN) {
        return refused(501, "Not implemented", "the switch cannot be armed without a token for deployments");
      }
      return ledger(env).arm(fence, armed);
    },
    async DELETE(request, env) {
      return ledger(env).disarm(readFence(await readBody(request)));
    },
  },
};
