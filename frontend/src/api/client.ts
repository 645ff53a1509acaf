/** Requests to the API, as whoever is signed in. */

import { Problem, problemOf, SIGNED_OUT, UNREACHABLE } from "./problem";
import type { Session } from "./session";
import type { SignedIn } from "./types";

/** No page of another site can send it without being let to by the API. */
const OWN_PAGE = { "pitchey-csrf": "1" } as const;
const REFRESH = "/api/sessions/refresh";

export interface Request {
  readonly body?: unknown;
  /** Sent as it is, by its own type. */
  readonly file?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Sends and takes the session's cookie. */
  readonly cookie?: boolean;
}

/** One at a time for all tabs: a token that is exchanged twice ends its session. */
type Alone = <T>(work: () => Promise<T>) => Promise<T>;

export class Client {
  #refreshing: Promise<void> | null = null;

  constructor(
    private readonly origin: string,
    readonly session: Session,
    private readonly send: typeof fetch,
    private readonly alone: Alone,
  ) {}

  /** The answer's JSON; undefined when it has no body. Raises `Problem`; the aborted request's error as it is. */
  async json<T>(method: string, path: string, request: Request = {}): Promise<T> {
    const answer = await this.ask(method, path, request);
    if (answer.status === 204) return undefined as T;
    return whole(() => answer.json() as Promise<T>, request.signal);
  }

  /** A file, as `json`. */
  async file(path: string): Promise<Blob> {
    const answer = await this.ask("GET", path);
    return whole(() => answer.blob());
  }

  /** Raises `Problem` for an answer that is no success; the aborted request's error as it is. */
  async ask(method: string, path: string, request: Request = {}): Promise<Response> {
    if (this.session.isPromised && this.session.token === null && !request.cookie) {
      await this.refresh();
      if (method !== "GET" && this.session.token === null) throw new Problem(401, SIGNED_OUT);
    }
    let answer = await this.#sent(method, path, request);
    // Keys may have been changed, or the clock of this machine be wrong.
    if (answer.status === 401 && this.session.token !== null && !request.cookie) {
      this.session.expire();
      await this.refresh();
      answer = await this.#sent(method, path, request);
    }
    if (answer.status === 401 && !request.cookie) throw new Problem(401, SIGNED_OUT);
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  }

  /** Exchanges the cookie for a token; nobody is signed in when it is not taken. Raises `Problem` when nobody knows. */
  async refresh(): Promise<void> {
    this.#refreshing ??= this.alone(async () => {
      const answer = await this.#sent("POST", REFRESH, { cookie: true });
      if (answer.ok) this.session.begin(await whole(() => answer.json() as Promise<SignedIn>));
      else if (answer.status === 401 || answer.status === 403) this.session.end();
      else throw await problemOf(answer);
    }).finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
  }

  async #sent(method: string, path: string, { body, file, headers, signal, cookie }: Request): Promise<Response> {
    const { token } = this.session;
    const sent: Record<string, string> = { ...headers };
    if (cookie) Object.assign(sent, OWN_PAGE);
    if (token !== null && path !== REFRESH) sent["authorization"] = `Bearer ${token}`;
    if (body !== undefined) sent["content-type"] = "application/json";
    if (file !== undefined) sent["content-type"] = file.type;
    const init: RequestInit = {
      method,
      headers: sent,
      credentials: cookie ? "include" : "omit",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(file === undefined ? {} : { body: file }),
      ...(signal === undefined ? {} : { signal }),
    };
    return whole(() => this.send(this.origin + path, init), signal);
  }
}

/** What does not come, or breaks off on its way, is a `Problem`. */
async function whole<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, UNREACHABLE);
  }
}
