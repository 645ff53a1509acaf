// The peer: one Worker in Miniflare, without a split. Prints its address once it is ready, and ends with its standard input.
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    modules: [{ type: "ESModule", path: "index.mjs", contents: process.argv[2] }],
    compatibilityDate: "2026-01-01",
    host: "127.0.0.1",
    port: 0,
    bindings: { VERSION: { id: "miniflare" } },
  }),
);
console.log(String(await miniflare.ready));
process.stdin.resume();
process.stdin.on("end", async () => {
  await miniflare.dispose();
  process.exit(0);
});
