// Builds the site to a folder. The same sources and the same API give the same bytes, wherever and whenever they are built.
//
//   node frontend/build.mjs --api https://api.example.com [--local https://worker.example.workers.dev] [--out frontend/dist]
//
// The API's origin comes from --api, or from API_URL in the environment. A site with --local is for a local cloud, whose hosts
// end in `.localhost` and whose ports differ from machine to machine; over plain HTTP it calls the API at this other address.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const folder = dirname(fileURLToPath(import.meta.url));

function fail(text) {
  console.error(`error: ${text}`);
  process.exit(1);
}

function readArguments() {
  const options = { api: { type: "string" }, local: { type: "string" }, out: { type: "string" } };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(String(error.message).split("\n")[0]);
  }
}

function originOf(option, text) {
  if (!text) return fail(`say where the API is: ${option} https://api.example.com`);
  let url;
  try {
    url = new URL(text);
  } catch {
    return fail(`${option} ${text} is no URL`);
  }
  if (url.protocol !== "https:" || url.href !== `${url.origin}/`) {
    return fail(`${option} ${text} must be an origin over https`);
  }
  return url.origin;
}

async function bundle(entry) {
  try {
    const result = await build({
      entryPoints: [join(folder, "src", entry)],
      absWorkingDir: folder,
      bundle: true,
      format: "esm",
      target: ["chrome111", "firefox113", "safari16.4"],
      minify: true,
      charset: "utf8",
      legalComments: "none",
      logLevel: "silent",
      write: false,
      outdir: folder,
    });
    return Buffer.from(result.outputFiles[0].contents);
  } catch (error) {
    const [first] = error.errors ?? [];
    if (!first) return fail(String(error.message).split("\n")[0]);
    const { location } = first;
    const file = location ? relative(process.cwd(), join(folder, location.file)) : "";
    return fail(`${location ? `${file}:${location.line}:${location.column + 1}: ` : ""}${first.text}`);
  }
}

/** Named by its content, so that browsers may keep it for good. */
function named(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
  return name.replace(".", `.${digest}.`);
}

/** What a page of this site may load, and whom it may talk to. */
function policy(api, local) {
  const connect = ["'self'", api, ...(local ? ["https://*.localhost:*", "http://*.localhost:*"] : [])];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${connect.join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

function filled(template, values) {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name] ?? fail(`{{${name}}} has no value`));
}

async function site(api, local) {
  const [script, style] = await Promise.all([bundle("main.ts"), bundle("style.css")]);
  const values = { api, local, script: named("app.js", script), style: named("style.css", style), policy: policy(api, local) };
  const text = async (name) => filled(await readFile(join(folder, "src", name), "utf8"), values);
  const page = await text("index.html");
  const files = new Map([
    [`assets/${values.script}`, script],
    [`assets/${values.style}`, style],
    ["index.html", page],
    // The same page says that nothing is here.
    ["404.html", page],
    ["_headers", await text("_headers")],
    ["_redirects", await text("_redirects")],
  ]);
  for (const name of (await readdir(join(folder, "static"))).sort()) {
    files.set(name, await readFile(join(folder, "static", name)));
  }
  return files;
}

/** Beside where it belongs first, so that nobody finds half of it. */
async function put(target, files) {
  const unfinished = `${target}.${process.pid}.new`;
  await rm(unfinished, { recursive: true, force: true });
  for (const [name, content] of files) {
    await mkdir(dirname(join(unfinished, name)), { recursive: true });
    await writeFile(join(unfinished, name), content);
  }
  await rm(target, { recursive: true, force: true });
  await rename(unfinished, target);
}

const { api, local, out } = readArguments();
const target = resolve(out ?? join(folder, "dist"));
const other = local === undefined ? "" : originOf("--local", local);
const files = await site(originOf("--api", api ?? process.env.API_URL), other);
await put(target, files).catch((error) => fail(error.message));
console.log(`${relative(process.cwd(), target)} ${files.size} files`);
