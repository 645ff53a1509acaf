// What one data centre of Cloudflare keeps in memory for all Workers that run in it: the cache, the counts of rate limits,
// data points on their way to the store. Volatile, as there.
import { cache, obey, purge } from "./cache.js";
import { limit } from "./limits.js";
import { keep, take } from "./points.js";

export default {
  async fetch(request, env) {
    const { headers } = request;
    if (headers.get("x-edge-secret") !== env.SECRET) return new Response(null, { status: 403 });
    const script = headers.get("x-edge-script");
    const account = script.slice(0, script.indexOf("/"));
    switch (headers.get("x-edge-asked")) {
      case "cache":
        return cache(request, script);
      case "limit":
        return Response.json(limit(account, await request.json()));
      default:
        await keep(request, account, headers.get("x-edge-dataset"));
        return new Response(null);
    }
  },
};

const ORDERS = { zones: obey, purge, take };

export const control = {
  async fetch(request, env) {
    if (request.headers.get("x-edge-secret") !== env.SECRET) return new Response(null, { status: 403 });
    const order = ORDERS[new URL(request.url).pathname.slice(1)];
    return Response.json(order(await request.json()) ?? null);
  },
};
