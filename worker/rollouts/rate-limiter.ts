import { DurableObject } from "cloudflare:workers";
import { type Bucket, type Rule, take, type Taken } from "../src/security/rates/bucket";
import type { Env } from "./env";

const BUCKET = "bucket";
const RULE = "rule";

/** One caller's bucket for one class of routes. It outlives the object's eviction, and goes once it is full again: a
 * caller who has not been heard of for that long costs nothing. The class is not the application's, which asks it:
 * versions that bring a class cannot be split. */
export class RateLimiter extends DurableObject<Env> {
  #bucket: Bucket | null;
  #rule: Rule | null;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    const { kv } = context.storage;
    this.#bucket = kv.get<Bucket>(BUCKET) ?? null;
    this.#rule = kv.get<Rule>(RULE) ?? null;
  }

  async take(rule: Rule, cost: number): Promise<Taken> {
    const isNew = this.#bucket === null;
    const [bucket, taken] = take(this.#bucket, rule, Date.now(), cost);
    const { storage } = this.ctx;
    if (this.#rule?.capacity !== rule.capacity || this.#rule.seconds !== rule.seconds) {
      this.#rule = rule;
      storage.kv.put(RULE, rule);
    }
    // A refusal changes nothing but the time, which need not be kept: an attack costs no writes.
    if (taken.allowed || isNew) storage.kv.put(BUCKET, bucket);
    this.#bucket = bucket;
    if (isNew) await storage.setAlarm(Date.now() + taken.fullIn * 1000);
    return taken;
  }

  override async alarm(): Promise<void> {
    const { storage } = this.ctx;
    if (this.#bucket !== null && this.#rule !== null) {
      const [, { remaining, fullIn }] = take(this.#bucket, this.#rule, Date.now(), 0);
      if (remaining < this.#rule.capacity) return storage.setAlarm(Date.now() + Math.max(1, fullIn) * 1000);
    }
    this.#bucket = null;
    this.#rule = null;
    await storage.deleteAll();
  }
}
