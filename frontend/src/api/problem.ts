/** What the API refuses with (RFC 9457), and what it comes to when there is no answer. */

export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    /** Of the answer; 0 without one. */
    readonly status: number,
    readonly detail: string,
    /** Field → what is wrong with it. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }

  /** One sentence for people. */
  get sentence(): string {
    const text = this.detail.charAt(0).toUpperCase() + this.detail.slice(1);
    const ended = /[.!?]$/.test(text) ? text : `${text}.`;
    const { retryAfterSeconds: seconds } = this;
    return seconds === null ? ended : `${ended} Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`;
  }
}

export const UNREACHABLE = "Pitchey cannot be reached at the moment; check your connection and try again";

export const SIGNED_OUT =
  "nobody is signed in any more: log in again in another tab, and try again here; what you have written stays";

/** Never raises: an answer that is no problem document is told by its status. */
export async function problemOf(answer: Response): Promise<Problem> {
  const told: unknown = await answer.json().catch(() => null);
  const { detail, errors } = isRecord(told) ? told : {};
  const fields = new Map<string, string>();
  for (const fault of Array.isArray(errors) ? errors : []) {
    if (isRecord(fault) && typeof fault["at"] === "string" && typeof fault["detail"] === "string") {
      const field = fault["at"].replace(/^\//, "");
      if (!fields.has(field)) fields.set(field, fault["detail"]);
    }
  }
  const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
  return new Problem(answer.status, typeof detail === "string" ? detail : byStatus(answer.status), fields, retryAfter);
}

function byStatus(status: number): string {
  return status >= 500 ? "something went wrong on our side" : `the request was refused (${status})`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
