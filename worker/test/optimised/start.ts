/** Starts the Worker beside this in workerd. */

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

export interface Setting {
  readonly bindings?: Record<string, string>;
  readonly hyperdrive?: string;
  /** Isolates beside the first one. */
  readonly others?: readonly string[];
}

let bundled: Promise<string> | null = null;

async function bundle(): Promise<string> {
  const folder = fileURLToPath(new URL("../..", import.meta.url));
  const result = await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    write: false,
  });
  return result.outputFiles[0]?.text ?? "";
}

export async function start({ bindings = {}, hyperdrive, others = [] }: Setting = {}): Promise<Miniflare> {
  const contents = await (bundled ??= bundle());
  const workers = ["optimised", ...others].map((name) => ({
    name,
    modules: [{ type: "ESModule", path: "worker.js", contents }],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: {
      DATABASE_URL: "postgres://u:p@127.0.0.1:1/none",
      VERSION_ID: "version-1",
      UPSTASH_REDIS_REST_TOKEN: "redis-token",
      UPSTASH_REDIS_REST_URL: "http://127.0.0.1:1",
      ...bindings,
    },
    // Past Miniflare's front, which compresses as Cloudflare does.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    kvNamespaces: { FLAGS: "flags" },
    hyperdrives: { DATABASE: hyperdrive ?? "postgres://u:p@127.0.0.1:1/none" },
  }));
  return new Miniflare(convertV4MiniflareOptions({ workers } as never) as never);
}
