/** The rooms beside the API, put together for one request. */

import type { Caching } from "../cache/caching";
import { databaseOf } from "../database";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import { keysOf } from "../security/tokens";
import { switchesOf } from "../switches";
import type { Services } from "./services";

export async function servicesOf(
  env: Env,
  observed: Observation,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Services> {
  const switches = await switchesOf(env, waitUntil);
  return {
    database: databaseOf(env, switches, observed, waitUntil),
    caching: UNCACHED,
    switches,
    keys: () => keysOf(env),
    waitUntil,
  };
}

const UNCACHED: Caching = {
  answer: async (_, compute) => ({ value: await compute(), verdict: "bypass" }),
  invalidate: async () => undefined,
};
