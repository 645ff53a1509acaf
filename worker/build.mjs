// Bundles the Workers to dist/. The same sources give the same bytes, wherever and whenever they are bundled.
//
//   node worker/build.mjs            writes dist/index.js (the application's Worker) and dist/rollouts.js (the Rollouts Worker)
//   node worker/build.mjs --check    fails when a bundle that is there is not what the sources give
//   node worker/build.mjs --fault '{"kind":"errors","rate":0.05}' --out PATH
//                                    writes the application's Worker with a fault, for rehearsals (faults/kinds.json)

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { readFault } from "./faults/read.mjs";

const folder = dirname(fileURLToPath(import.meta.url));
const BUNDLES = [
  ["src/index.ts", join(folder, "dist", "index.js")],
  ["rollouts/index.ts", join(folder, "dist", "rollouts.js")],
];
const LIMIT_BYTES = 64 * 1024 * 1024; // Workers limits: 64 MiB uncompressed, on all plans since 2026-09
const LIMIT_GZIP_BYTES = 150 * 1000; // our own: an isolate is started wherever and whenever it is needed

// Parts of zod that nobody here asks for, and that a bundler cannot see to be unused: its messages in sixty languages,
// its compiler (a Worker may not make code from text), the reading of JSON Schema.
const LEFT_OUT = {
  "locales/index": 'export { default as en } from "./en.js";',
  "core/compile": `export const INVALID = Symbol.for("zod.compile.invalid");
    export const compile = undefined, toZod = undefined, withParser = undefined;
    export const ZodCompileAsyncError = undefined, ZodCompileUnsupportedError = undefined;`,
  "classic/from-json-schema": "export const fromJSONSchema = undefined;",
};
const PARTS_OF_ZOD = {
  name: "parts-of-zod",
  setup(bundling) {
    const names = Object.keys(LEFT_OUT).join("|");
    bundling.onLoad({ filter: new RegExp(`/zod/v4/(?:${names})\\.js$`) }, ({ path }) => {
      const [, name] = /\/zod\/v4\/(.+)\.js$/.exec(path);
      return { contents: LEFT_OUT[name] };
    });
  },
};

function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

async function bundle(entry, define = {}) {
  try {
    const result = await build({
      entryPoints: [join(folder, entry)],
      absWorkingDir: folder,
      bundle: true,
      define,
      format: "esm",
      target: "es2024",
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*", "node:*"],
      charset: "utf8",
      legalComments: "none",
      minify: true,
      // Errors are told by their names.
      keepNames: true,
      plugins: [PARTS_OF_ZOD],
      logLevel: "silent",
      write: false,
      outdir: join(folder, "dist"),
    });
    const content = result.outputFiles[0].contents;
    if (content.length > LIMIT_BYTES) {
      fail(`the bundle of ${entry} has ${(content.length / 1048576).toFixed(1)} MiB, and a Worker may have 64`);
    }
    const compressed = gzipped(content);
    if (compressed > LIMIT_GZIP_BYTES) {
      fail(`the bundle of ${entry} has ${kilobytes(compressed)} gzipped, and is to have at most ${kilobytes(LIMIT_GZIP_BYTES)}`);
    }
    return content;
  } catch (error) {
    const [first] = error.errors ?? [];
    if (!first) return fail(String(error.message).split("\n")[0]);
    const { location } = first;
    const file = location ? relative(process.cwd(), join(folder, location.file)) : "";
    const where = location ? `${file}:${location.line}:${location.column + 1}: ` : "";
    return fail(`${where}${first.text}`);
  }
}

function gzipped(content) {
  return gzipSync(content, { level: 9 }).length;
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

async function isThere(target, content) {
  const there = await readFile(target).catch(() => null);
  return there?.equals(content) ?? false;
}

async function put(target, content) {
  if (!(await isThere(target, content))) {
    await mkdir(dirname(target), { recursive: true });
    const unfinished = `${target}.${process.pid}.new`;
    await writeFile(unfinished, content);
    await rename(unfinished, target);
  }
  const sizes = `${content.length} bytes, ${kilobytes(gzipped(content))} gzipped`;
  console.log(`${relative(process.cwd(), target)} ${sizes}`);
}

function readArguments() {
  const options = { check: { type: "boolean" }, fault: { type: "string" }, out: { type: "string" } };
  try {
    const { values } = parseArgs({ options });
    if ((values.fault === undefined) !== (values.out === undefined)) fail("--fault and --out belong together");
    return values;
  } catch (error) {
    return fail(String(error.message).split("\n")[0]);
  }
}

const { check, fault, out } = readArguments();
if (fault !== undefined) {
  let read;
  try {
    read = readFault(fault);
  } catch (error) {
    fail(error.message);
  }
  const target = resolve(out);
  if (BUNDLES.some(([, known]) => known === target)) fail("a faulty bundle does not go where the sound one is");
  await put(target, await bundle("faults/index.ts", { FAULT: JSON.stringify(read) })).catch((error) => fail(error.message));
} else {
  for (const [entry, target] of BUNDLES) {
    const content = await bundle(entry);
    if (!check) await put(target, content);
    else if (!(await isThere(target, content))) fail("worker/dist is not what the sources give; run `make bundle`");
  }
}
