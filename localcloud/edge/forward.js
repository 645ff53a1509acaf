// Durable Objects as a version's own process sees them: each call goes on to the process that owns the objects' data.
// `hosts` says where each namespace lives now. While its code changes hands, calls wait here instead of failing; where
// nothing serves it, they fail at once. `cut` is the share of the calls that fail on purpose.
import { DurableObject } from "cloudflare:workers";

const PAUSE_MS = 2;
const hosts = new Map();

const GONE = "";

const host = (id) => {
  let known = hosts.get(id);
  if (known === undefined) hosts.set(id, (known = { address: null, generation: 0, calls: 0, cut: 0 }));
  return known;
};

async function open(known) {
  while (known.address === null) await scheduler.wait(PAUSE_MS);
}

export function forwarding(id, className) {
  const known = host(id);
  return class extends DurableObject {
    #remote = null;
    #generation = -1;

    constructor(ctx, env) {
      super(ctx, env);
      return new Proxy(this, {
        get(self, property) {
          if (property === "fetch") return (request) => self.#forward((remote) => remote.fetch(request));
          if (Reflect.has(self, property) || typeof property !== "string") return Reflect.get(self, property, self);
          return (...args) => self.#forward((remote) => remote[property](...args));
        },
      });
    }

    #forward(call) {
      return known.address === null ? open(known).then(() => this.#send(call)) : this.#send(call);
    }

    #send(call) {
      if (known.address === GONE || (known.cut > 0 && Math.random() < known.cut)) {
        return Promise.reject(new Error(`Durable Object class ${className} is not served: its Worker has no deployment.`));
      }
      if (this.#generation !== known.generation) {
        this.#generation = known.generation;
        this.#remote = this.env.DEBUG_PORT.connect(known.address).getActor("main", className, this.ctx.id.toString());
      }
      known.calls++;
      const answer = call(this.#remote);
      answer.then(
        () => known.calls--,
        () => {
          known.calls--;
          // The process may be a new one behind the same address.
          this.#generation = -1;
        },
      );
      return answer;
    }
  };
}

// Orders: `hosts` sets addresses (null pauses, empty fails), `cut` which share of the calls fails, `drained` answers when no call to the namespaces is in flight.
export const control = {
  async fetch(request, env) {
    if (request.headers.get("x-edge-secret") !== env.SECRET) return new Response(null, { status: 403 });
    const order = await request.json();
    const what = new URL(request.url).pathname;
    if (what === "/cut") {
      for (const [id, share] of Object.entries(order)) host(id).cut = share;
      return Response.json({});
    }
    if (what === "/hosts") {
      for (const [id, address] of Object.entries(order)) {
        const known = host(id);
        known.address = address;
        known.generation++;
      }
      return Response.json({});
    }
    const until = Date.now() + order.milliseconds;
    while (order.ids.some((id) => host(id).calls > 0) && Date.now() < until) await scheduler.wait(PAUSE_MS);
    return Response.json({});
  },
};
