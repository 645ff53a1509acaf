// Bundles src/index.ts to dist/index.js. The same sources give the same bytes, wherever and whenever they are bundled.
//
//   node worker/build.mjs            writes the bundle
//   node worker/build.mjs --check    fails when the bundle that is there is not what the sources give

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));
const target = join(folder, "dist", "index.js");
const LIMIT_BYTES = 64 * 1024 * 1024; // Workers limits: 64 MiB uncompressed, on all plans since 2026-09

function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

async function bundle() {
  try {
    const result = await build({
      entryPoints: [join(folder, "src", "index.ts")],
      absWorkingDir: folder,
      bundle: true,
      format: "esm",
      target: "es2024",
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*", "node:*"],
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      write: false,
      outdir: join(folder, "dist"),
    });
    return result.outputFiles[0].contents;
  } catch (error) {
    const [first] = error.errors ?? [];
    if (!first) return fail(String(error.message).split("\n")[0]);
    const { location } = first;
    const file = location ? relative(process.cwd(), join(folder, location.file)) : "";
    const where = location ? `${file}:${location.line}:${location.column + 1}: ` : "";
    return fail(`${where}${first.text}`);
  }
}

const content = await bundle();
if (content.length > LIMIT_BYTES) {
  fail(`the bundle has ${(content.length / 1048576).toFixed(1)} MiB, and a Worker may have 64`);
}
if (process.argv.includes("--check")) {
  const there = await readFile(target).catch(() => null);
  if (!there || !there.equals(content)) fail("worker/dist is not what the sources give; run `make bundle`");
} else {
  const there = await readFile(target).catch(() => null);
  if (!there || !there.equals(content)) {
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.new`, content);
    await rename(`${target}.new`, target);
  }
  console.log(`${relative(process.cwd(), target)} ${content.length} bytes`);
}
