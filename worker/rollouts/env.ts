import type { Ledger } from "./ledger";
import type { RateLimiter } from "./rate-limiter";
import type { Recorder } from "./recorder";

/** What the program binds to the Rollouts Worker. */
export interface Env {
  /** Four objects that count the requests of each version. */
  RECORDER: DurableObjectNamespace<Recorder>;
  /** Token buckets of the application's callers, each an object of its own; nothing here asks them. */
  RATES: DurableObjectNamespace<RateLimiter>;
  /** One object: ledger, lease and dead-man's switch. */
  LEDGER: DurableObjectNamespace<Ledger>;
  /** The version of this Worker that runs. */
  VERSION: WorkerVersionMetadata;
  /** staging or production. */
  ENVIRONMENT: string;
  /** Cloudflare's API, without a slash at its end. */
  CLOUDFLARE_BASE_URL?: string;
  /** What every caller must show, at least 256 bits. */
  ROLLOUTS_TOKEN: string;
  /** Can do nothing but deploy the application's Worker; without it the switch cannot be armed. */
  DEPLOYMENTS_TOKEN?: string;
  /** Who is told when the switch has acted: Slack, and a webhook with what signs it. */
  SLACK_WEBHOOK_URL?: string;
  WEBHOOK_URL?: string;
  WEBHOOK_SECRET?: string;
}
