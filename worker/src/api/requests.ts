/** What every handler of the API is given. */

import type { Context, MiddlewareHandler } from "hono";
import type { Env } from "../env";
import type { Observation } from "../recording/observation";
import type { Access } from "../security/tokens";
import type { Services } from "./services";

/** Beside the request; `now` in Unix seconds. */
export interface Given {
  readonly env: Env;
  readonly services: Services;
  readonly caller: Access | "invalid" | null;
  readonly now: number;
  readonly observed: Observation;
}

export interface Here {
  Bindings: Given;
  Variables: {
    /** Who asks; null for somebody who is not signed in. */
    caller: Access | null;
  };
}

export type Asked = Context<Here>;
export type Requests = MiddlewareHandler<Here>;
