// The rules of our TypeScript that the compiler does not know: no `any`, no console but for errors, no line over 120 columns.

import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDERS = ["worker/src", "worker/rollouts", "worker/faults", "frontend/src"];
const RULES = [
  [/\bas any\b|: any\b|<any>/, "`any` hides what a value is"],
  [/\bconsole\.(?!error)/, "only errors are logged"],
  [/^.{121,}$/, "the line is over 120 columns"],
  [/[ \t]+$/, "the line ends in white space"],
  [/@ts-(ignore|nocheck)/, "the compiler is not silenced"],
];

const found = [];
for (const folder of FOLDERS) {
  for (const entry of await readdir(join(root, folder), { recursive: true })) {
    if (!entry.endsWith(".ts")) continue;
    const lines = (await readFile(join(root, folder, entry), "utf8")).split("\n");
    lines.forEach((line, index) => {
      for (const [pattern, why] of RULES) {
        if (pattern.test(line)) found.push(`${folder}/${entry}:${index + 1}: ${why}`);
      }
    });
  }
}
for (const line of found) console.error(line);
process.exit(found.length > 0 ? 1 : 0);
