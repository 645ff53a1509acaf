// The application's Worker with its recorder and twice without, side by side in Miniflare, and a place that counts calls.
// Prints one JSON value: route → Worker → milliseconds of each round; and how often the recorder was called a second.
//
// Arguments: folder with the Workers' bundles, rounds, requests of a round, seconds of load for the calls, requests a second.
import { readFileSync } from "node:fs";
import http from "node:http";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

const [folder, ...numbers] = process.argv.slice(2);
const [rounds, requests, seconds, rate] = numbers.map(Number);
const ROUTES = ["/version", "/flags/example"];
const WORKERS = ["recorded", "plain", "control"];
const WARM_UP = 300;

// What the local edge gives beside what Miniflare does; `calls` counts them in the isolate that makes them.
const entry = `
import worker from "./worker.js";
export { Counter } from "./worker.js";
let calls = 0;
const counted = (recorder) => recorder && {
  getByName: (name) => ({ record: (reports) => (calls++, recorder.getByName(name).record(reports)) }),
};
const given = { VERSION: { id: "v", tag: "", timestamp: "" } };
export default {
  fetch(request, env, context) {
    if (request.url.endsWith("/calls-of-this-isolate")) return Response.json(calls);
    return worker.fetch(request, { ...env, ...given, RECORDER: env.COUNTS ? counted(env.RECORDER) : env.RECORDER }, context);
  },
};
`;

const read = (name) => readFileSync(`${folder}/${name}`, "utf8");
const recorder = { RECORDER: { className: "Recorder", scriptName: "rollouts", useSQLite: true } };

function application(name, recorded, counts = false) {
  return {
    name,
    modules: [
      { type: "ESModule", path: "entry.js", contents: entry },
      { type: "ESModule", path: "worker.js", contents: read("index.js") },
    ],
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: { ENVIRONMENT: "bench", JWT_SECRET: "x".repeat(40), ...(counts ? { COUNTS: "1" } : {}) },
    kvNamespaces: ["CACHE", "SESSIONS", "FLAGS"],
    durableObjects: { COUNTER: { className: "Counter", useSQLite: true }, ...(recorded ? recorder : {}) },
    unsafeDirectSockets: [{ port: 0 }],
  };
}

const rollouts = {
  name: "rollouts",
  modules: [{ type: "ESModule", path: "rollouts.js", contents: read("rollouts.js") }],
  compatibilityDate: "2026-01-01",
  bindings: { ROLLOUTS_TOKEN: "t".repeat(40) },
  durableObjects: {
    RECORDER: { className: "Recorder", useSQLite: true },
    LEDGER: { className: "Ledger", useSQLite: true },
  },
};

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    workers: [
      application("recorded", true),
      application("plain", false),
      application("control", false),
      application("counting", true, true),
      rollouts,
    ],
  }),
);
await miniflare.ready;
const urls = {};
for (const name of [...WORKERS, "counting"]) urls[name] = await miniflare.unsafeGetDirectURL(name);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const headers = { cookie: `pitchey-visitor=${"0".repeat(22)}` };

function ask(url) {
  const began = process.hrtime.bigint();
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { agent, headers }, (answer) => {
      if (answer.statusCode >= 500) reject(new Error(`${url} answered ${answer.statusCode}`));
      let body = "";
      answer.on("data", (data) => (body += data));
      answer.on("end", () => resolve({ body, milliseconds: Number(process.hrtime.bigint() - began) / 1e6 }));
    });
    asked.on("error", reject);
  });
}

async function round(url, total) {
  const times = [];
  for (let i = 0; i < total; i++) times.push((await ask(url)).milliseconds);
  return times;
}

const routes = {};
for (const route of ROUTES) {
  const times = { recorded: [], plain: [], control: [] };
  for (const name of WORKERS) await round(new URL(route, urls[name]), WARM_UP);
  for (let i = 0; i < rounds; i++) {
    // Each of them is first, second and last equally often.
    for (let j = 0; j < WORKERS.length; j++) {
      const name = WORKERS[(i + j) % WORKERS.length];
      times[name].push(await round(new URL(route, urls[name]), requests));
    }
  }
  routes[route] = times;
}

const calls = async () => Number((await ask(new URL("/calls-of-this-isolate", urls.counting))).body);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
// From a whole second on, half a second from the moment at which isolates tell.
await pause(1000 - (Date.now() % 1000));
const before = await calls();
const began = performance.now();
const passed = () => (performance.now() - began) / 1000;
let asked = 0;
while (passed() < seconds) {
  if (asked >= passed() * rate) await pause(1);
  else {
    await ask(new URL("/version", urls.counting));
    asked++;
  }
}
const callsPerSecond = ((await calls()) - before) / passed();
if (asked < 0.9 * seconds * rate) throw new Error(`only ${asked} requests were asked in ${seconds} s`);
console.log(JSON.stringify({ routes, callsPerSecond }));
await miniflare.dispose();
