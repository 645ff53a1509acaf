/** The rooms beside the API, put together for one request. */

import { cachingOf } from "../cache";
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
    caching: cachingOf(env, switches, observed, waitUntil),
    switches,
    keys: () => keysOf(env),
    waitUntil,
  };
}
