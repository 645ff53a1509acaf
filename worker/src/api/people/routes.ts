/** Sign-up, login, refresh and logout. */

import { createRoute, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { origins } from "../../security/cors";
import { csrfFault } from "../../security/csrf";
import { checkPassword, hashPassword } from "../../security/passwords";
import { limit } from "../../security/rates";
import {
  ACCESS_SECONDS,
  issueAccess,
  issueRefresh,
  readRefresh,
  REFRESH_SECONDS,
  type Refresh,
} from "../../security/tokens";
import { isAttack } from "../../security/tokens/caller";
import { unauthorized } from "../authorization";
import { strictJson } from "../bodies";
import { time } from "../fields";
import { ProblemError, problems } from "../problems";
import type { Asked } from "../requests";
import { json, jsonBody, PRIVATE, room } from "../routing";
import {
  advanceSession,
  credentials,
  endSession,
  insertPerson,
  lockSession,
  type PersonRow,
  renewPassword,
  startSession,
} from "./queries";
import { NO_COOKIE, readRefreshCookie, refreshCookie } from "./refresh-cookie";
import { Person, SignedIn, SignIn, SignUp } from "./schemas";

/** For so long the token before the current one is still answered, with the current one: its answer may have been lost
 * on its way. Whoever has stolen it gains these seconds; whoever shows it later ends the session. */
const LOST_ANSWER_SECONDS = 10;
const OWN_PAGE = z.object({ "pitchey-csrf": z.string().optional() });
const TAGS = ["people"];

const signUp = createRoute({
  method: "post",
  path: "/people",
  tags: TAGS,
  summary: "Sign up",
  middleware: [strictJson] as const,
  request: { body: jsonBody(SignUp) },
  responses: { 201: json("Signed up; log in next", Person), ...problems(409, 413, 415, 422) },
});

const logIn = createRoute({
  method: "post",
  path: "/sessions",
  tags: TAGS,
  summary: "Log in",
  description: "Gives an access token, and a refresh token in the cookie `pitchey-refresh`.",
  middleware: [strictJson] as const,
  request: { body: jsonBody(SignIn) },
  responses: { 201: json("Logged in", SignedIn), ...problems(401, 413, 415, 422) },
});

const refresh = createRoute({
  method: "post",
  path: "/sessions/refresh",
  tags: TAGS,
  summary: "Exchange the refresh token",
  description: "Goes by the cookie, which the answer replaces. A token that was exchanged before ends its session.",
  security: [{ refresh: [] }],
  request: { headers: OWN_PAGE },
  responses: { 200: json("A new access token", SignedIn), ...problems(401, 403) },
});

const logOut = createRoute({
  method: "delete",
  path: "/sessions",
  tags: TAGS,
  summary: "Log out",
  description:
    "Ends the session of the cookie or of the access token. Access tokens that were given hold until they expire.",
  security: [{}, { refresh: [] }, { bearer: [] }],
  request: { headers: OWN_PAGE },
  responses: { 204: { description: "Logged out" }, ...problems(401, 403) },
});

export function people() {
  return room()
    .openapi(signUp, async (c) => {
      const { password, ...person } = c.req.valid("json");
      const kept = { ...person, password: await hashPassword(password) };
      const row = await c.env.services.database.write((sql) => insertPerson(sql, kept));
      if (row === undefined) {
        const detail = "somebody has signed up with this address";
        throw new ProblemError(409, detail, {}, [{ at: "/email", detail }]);
      }
      return c.json(told(row), 201, PRIVATE);
    })
    .openapi(logIn, async (c) => {
      const { email, password } = c.req.valid("json");
      const { database } = c.env.services;
      // Whoever guesses one person's password from many addresses is one caller here.
      const account = { kind: "account", id: email.toLowerCase() } as const;
      const { refusal } = await limit(c.env.env, "login", account);
      if (refusal !== null) throw new HTTPException(429, { res: refusal });
      const [row] = await database.read((sql) => credentials(sql, email), { fresh: true });
      const { right, renewed } = await checkPassword(password, row?.password ?? null);
      // The same answer whether nobody has the address or the password is another.
      if (row === undefined || !right) throw unauthorized("the address or the password is wrong");
      const session = crypto.randomUUID();
      await database.write(async (sql) => {
        await startSession(sql, { id: session, person: row.id, seconds: REFRESH_SECONDS });
        if (renewed !== null) await renewPassword(sql, row.id, { from: row.password, to: renewed });
      });
      return c.json(await signedIn(c, row, { person: row.id, session, generation: 1 }), 201, PRIVATE);
    })
    .openapi(refresh, async (c) => {
      requireOwnPage(c);
      const shown = await refreshToken(c);
      if (shown === null) throw ended();
      const renewed = await exchange(c, shown);
      if (renewed === null) throw ended();
      const { person, generation } = renewed;
      return c.json(await signedIn(c, person, { ...shown, generation }), 200, PRIVATE);
    })
    .openapi(logOut, async (c) => {
      const { caller } = c.var;
      if (caller === null) requireOwnPage(c);
      const session = caller?.session ?? (await refreshToken(c))?.session;
      if (session !== undefined) await c.env.services.database.write((sql) => endSession(sql, session));
      return c.body(null, 204, { ...PRIVATE, "set-cookie": NO_COOKIE });
    });
}

/** The session's person and its generation after the exchange; null when the session is over, as it is when an old
 * token is shown. */
async function exchange(
  c: Asked,
  { person, session, generation }: Refresh,
): Promise<{ readonly person: PersonRow; readonly generation: number } | null> {
  return c.env.services.database.write(async (sql) => {
    const row = await lockSession(sql, { session, person });
    if (row === undefined) return null;
    if (generation === row.generation) {
      await advanceSession(sql, { session, seconds: REFRESH_SECONDS });
      return { person: row, generation: generation + 1 };
    }
    if (generation === row.generation - 1 && row.sinceSeconds < LOST_ANSWER_SECONDS) {
      return { person: row, generation: row.generation };
    }
    c.env.observed.count("security");
    await endSession(sql, session);
    return null;
  });
}

/** Puts the refresh token into the answer's cookie, and gives what the body says. */
async function signedIn(c: Asked, row: PersonRow, renewal: Refresh): Promise<z.infer<typeof SignedIn>> {
  const { env, now, services } = c.env;
  const keys = await services.keys();
  const { id: person, role } = row;
  const access = { person, role, session: renewal.session };
  const [accessToken, refreshToken] = await Promise.all([
    issueAccess(keys, env.ENVIRONMENT, now, access),
    issueRefresh(keys, env.ENVIRONMENT, now, renewal),
  ]);
  c.header("set-cookie", refreshCookie(refreshToken, REFRESH_SECONDS));
  return { accessToken, tokenType: "Bearer", expiresIn: ACCESS_SECONDS, person: told(row) };
}

async function refreshToken(c: Asked): Promise<Refresh | null> {
  const { env, now, observed, services } = c.env;
  const token = readRefreshCookie(c.req.raw);
  if (token === null) return null;
  const read = await readRefresh(await services.keys(), env.ENVIRONMENT, now, token);
  if ("token" in read) return read.token;
  if (isAttack(read.refused)) observed.count("security");
  return null;
}

function requireOwnPage(c: Asked): void {
  const fault = csrfFault(c.req.raw, origins(c.env.env.ALLOWED_ORIGINS));
  if (fault !== null) throw new ProblemError(403, fault);
}

function ended(): ProblemError {
  return new ProblemError(401, "the session is over: log in again", {
    "www-authenticate": "Bearer",
    "set-cookie": NO_COOKIE,
  });
}

function told({ id, email, name, role, createdAt }: PersonRow): z.infer<typeof Person> {
  return { id, email, name, role, createdAt: time(createdAt) };
}
