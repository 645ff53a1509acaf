import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env";
import { json, notAllowed, problem } from "../http";

const NAME = /^[\w-]{1,64}$/;

/** A number that only goes up, kept in the object's own SQLite. */
export class Counter extends DurableObject<Env> {
  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    context.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 0), value INTEGER NOT NULL)",
    );
  }

  read(): number {
    const [row] = this.ctx.storage.sql
      .exec<{ value: number }>("SELECT value FROM counter")
      .toArray();
    return row?.value ?? 0;
  }

  increment(): number {
    return this.ctx.storage.sql
      .exec<{ value: number }>(
        "INSERT INTO counter VALUES (0, 1) ON CONFLICT (id) DO UPDATE SET value = value + 1 RETURNING value",
      )
      .one().value;
  }
}

/** `GET /counter/:name`, `POST /counter/:name/increment`. */
export async function counter(request: Request, env: Env, rest: string): Promise<Response> {
  const [name = "", action, ...more] = rest.split("/");
  if (!NAME.test(name) || more.length > 0 || (action !== undefined && action !== "increment")) {
    return problem(404, "Not found", "a counter is /counter/NAME or /counter/NAME/increment");
  }
  const stub = env.COUNTER.getByName(name);
  if (action === "increment") {
    if (request.method !== "POST") return notAllowed(["POST"]);
    return json({ name, value: await stub.increment() });
  }
  if (request.method !== "GET") return notAllowed(["GET"]);
  return json({ name, value: await stub.read() });
}
