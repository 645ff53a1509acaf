/** What is built: the same bytes each time, nothing inline, colours that can be read. */

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const BUILD = fileURLToPath(new URL("../build.mjs", import.meta.url));
const STYLE = fileURLToPath(new URL("../src/style.css", import.meta.url));
const API = "https://api.example.com";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pitchey-site-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function built(name: string, ...more: string[]): Promise<Map<string, string>> {
  const out = join(folder, name);
  await promisify(execFile)(process.execPath, [BUILD, "--out", out, ...more], { env: {} });
  const files = (await readdir(out, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    return [path.slice(out.length), await readFile(path, "utf8")] as const;
  });
  return new Map((await Promise.all(read)).sort());
}

test("the same sources give the same bytes, and leave nothing of the build before", async () => {
  const first = await built("one", "--api", API);
  await built("two", "--api", "https://api.other.example");
  expect(await built("two", "--api", API)).toEqual(first);
});

test("nothing is inline, and the policy allows nothing inline", async () => {
  const files = await built("one", "--api", API);
  const page = files.get("/index.html") ?? "";
  expect(page).toBe(files.get("/404.html"));
  expect(page).not.toMatch(/<style|style=|\son\w+=|javascript:/);
  expect([...page.matchAll(/<script\b([^>]*)>/g)].every(([, told]) => told?.includes("src="))).toBe(true);
  const headers = files.get("/_headers") ?? "";
  expect(headers).not.toMatch(/unsafe|\{\{/);
  expect(headers).toContain("default-src 'none'");
  expect(headers).toContain(`connect-src 'self' ${API};`);
  for (const [, path] of page.matchAll(/(?:src|href)="(\/[^"]*)"/g)) expect(files.has(path ?? ""), path).toBe(true);
});

test("only a local cloud's site may speak to .localhost", async () => {
  expect((await built("one", "--api", API)).get("/_headers")).not.toContain("localhost");
  const local = await built("local", "--api", API, "--local", "https://api.me.workers.dev");
  expect(local.get("/_headers")).toContain(`connect-src 'self' ${API} https://*.localhost:* http://*.localhost:*;`);
  expect(local.get("/index.html")).toContain('content="https://api.me.workers.dev"');
});

test("an API that is no origin over https is refused in one line", async () => {
  for (const api of ["http://api.example.com", `${API}/v1`, "nonsense", ""]) {
    const failed = await built("bad", "--api", api).catch((error: { stderr: string }) => error.stderr);
    expect(failed).toMatch(/^error: .*--api.*\n$/);
  }
});

test("each pair of colours can be read, in both schemes", async () => {
  const style = await readFile(STYLE, "utf8");
  const schemes = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, body = ""]) =>
    Object.fromEntries([...body.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)].map(([, name, color]) => [name, color])),
  );
  expect(schemes).toHaveLength(2);
  for (const scheme of schemes) {
    const ratio = (one: string, other: string) => contrast(scheme[one] ?? "", scheme[other] ?? "");
    for (const text of ["text", "quiet", "accent", "wrong"]) {
      for (const ground of ["ground", "raised"]) expect(ratio(text, ground), `${text} on ${ground}`).toBeGreaterThan(4.5);
    }
    expect(ratio("on-accent", "accent")).toBeGreaterThan(4.5);
    for (const ground of ["ground", "raised"]) expect(ratio("line", ground), `line on ${ground}`).toBeGreaterThan(3);
  }
});

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
