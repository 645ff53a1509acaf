import type { RateLimiter } from "../rollouts/rate-limiter";
import type { Recorder } from "../rollouts/recorder";
import type { Counter } from "./counter";

/** What the program binds to this Worker (`components/platform.py`). */
export interface Env {
  /** Answers kept for a while: nothing that cannot be computed again. */
  CACHE: KVNamespace;
  /** Sessions of signed-in users, by their ids. */
  SESSIONS: KVNamespace;
  /** Feature flags: JSON values by name. */
  FLAGS: KVNamespace;
  /** Files that users upload. */
  UPLOADS: R2Bucket;
  /** The database's pooled connection. */
  DATABASE: Hyperdrive;
  /** Counters, each an object of its own. */
  COUNTER: DurableObjectNamespace<Counter>;
  /** Token buckets of callers, each an object of its own; absent where the settings are older than it. */
  RATES?: DurableObjectNamespace<RateLimiter>;
  /** A stack's own limits: a JSON object of class and rule (`security/rates/rules.ts`); absent where it has none. */
  RATE_LIMITS?: string;
  /** A data point for each request; absent where the settings are older than it. */
  POINTS?: AnalyticsEngineDataset;
  /** Where requests are counted by version; absent where the settings are older than it. */
  RECORDER?: DurableObjectNamespace<Recorder>;
  /** The version that runs: its id, its tag, when it was made. */
  VERSION: WorkerVersionMetadata;
  /** staging or production. */
  ENVIRONMENT: string;
  /** Whose pages may call the API: origins, separated by spaces; absent where the settings are older than it. */
  ALLOWED_ORIGINS?: string;
  /** Signs and verifies tokens (HS256), at least 256 bits. */
  JWT_SECRET: string;
  /** A second key that verifies tokens and signs none, while keys are being rotated. */
  JWT_SECRET_PREVIOUS?: string;
  DATABASE_URL: string;
  UPSTASH_REDIS_REST_URL: string;
  UPSTASH_REDIS_REST_TOKEN: string;
  SENTRY_DSN: string;
}

export const SECRETS = [
  "JWT_SECRET",
  "DATABASE_URL",
  "UPSTASH_REDIS_REST_URL",
  "UPSTASH_REDIS_REST_TOKEN",
  "SENTRY_DSN",
] as const satisfies readonly (keyof Env)[];
