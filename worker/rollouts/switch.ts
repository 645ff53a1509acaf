/** The dead-man's switch: what it does when the controller has vanished. Nothing here keeps state or reads a clock. */

export interface Armed {
  readonly account: string;
  readonly script: string;
  readonly stable: string;
  readonly candidate: string;
  readonly rollout: string;
}

export interface Share {
  readonly version: string;
  readonly percentage: number;
}

export type Found = readonly Share[];

export type Decision =
  | { readonly do: "nothing"; readonly why: string }
  | { readonly do: "deploy" };

export interface Attempt {
  readonly found: Found | null;
  readonly did: "nothing" | "deployed" | "failed";
  readonly detail: string;
  /** Whether it was read that there is nothing (more) to do. */
  readonly done: boolean;
}

export interface Cloud {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
}

export const FIRST_PAUSE_SECONDS = 1;
export const LONGEST_PAUSE_SECONDS = 30;
/** No try takes longer than two readings and one deployment. */
export const READ_MS = 8000;
export const DEPLOY_MS = 14_000;

export function decide(found: Found, { stable, candidate }: Armed): Decision {
  const serving = found.filter(({ percentage }) => percentage > 0);
  const share = (id: string) => serving.find(({ version }) => version === id)?.percentage ?? 0;
  // A candidate left at 0 % can still be asked for by name.
  const listed = found.some(({ version }) => version === candidate);
  if (share(stable) === 100 && !listed) return { do: "nothing", why: "stable serves everything" };
  if (share(stable) === 0 && share(candidate) === 0) {
    return { do: "nothing", why: "neither version of the rollout serves: another deployment is live" };
  }
  return { do: "deploy" };
}

/** Seconds until the next try, after `tries` that failed: 1, 2, 4, … 30. */
export function pause(tries: number): number {
  return Math.min(FIRST_PAUSE_SECONDS * 2 ** Math.min(tries - 1, 10), LONGEST_PAUSE_SECONDS);
}

/** One try: reads what is live, deploys when it must (`proceed` is asked right before), and reads again. */
export async function attempt(armed: Armed, cloud: Cloud, proceed: () => boolean): Promise<Attempt> {
  let found: Found | null = null;
  try {
    found = await readLive(armed, cloud);
    const decision = decide(found, armed);
    if (decision.do === "nothing") return { found, did: "nothing", detail: decision.why, done: true };
    if (!proceed()) return { found, did: "nothing", detail: "somebody took the lease", done: false };
    await deploy(armed, cloud);
    const after = decide(await readLive(armed, cloud), armed);
    const done = after.do === "nothing";
    return { found, did: "deployed", detail: done ? after.why : "it is not live yet", done };
  } catch (error) {
    // Whatever was lost on the way may have been done all the same: the next try reads first.
    return { found, did: "failed", detail: describe(error), done: false };
  }
}

class CallFailedError extends Error {}

async function readLive(armed: Armed, cloud: Cloud): Promise<Found> {
  const answer = asRecord(await call(armed, cloud, "", { method: "GET" }, READ_MS));
  const deployments: unknown = answer.deployments;
  const [live] = Array.isArray(deployments) ? (deployments as unknown[]) : [];
  const versions: unknown = asRecord(live).versions;
  if (!Array.isArray(versions)) throw new CallFailedError("no deployment is in the answer");
  return (versions as unknown[]).map((value) => {
    const { version_id: version, percentage } = asRecord(value);
    if (typeof version !== "string" || typeof percentage !== "number") {
      throw new CallFailedError("the deployment in the answer makes no sense");
    }
    return { version, percentage };
  });
}

async function deploy(armed: Armed, cloud: Cloud): Promise<void> {
  const body = {
    strategy: "percentage",
    versions: [{ version_id: armed.stable, percentage: 100 }],
    annotations: {
      "workers/message": `pitchey rollouts: dead-man's switch put stable back (rollout ${armed.rollout})`,
    },
  };
  // Secrets that changed with the candidate must not keep stable from coming back.
  await call(armed, cloud, "?force=true", { method: "POST", body: JSON.stringify(body) }, DEPLOY_MS);
}

/** Cloudflare's `result`. Throws `CallFailedError` with status and Cloudflare's own message. */
async function call(
  { account, script }: Armed,
  { baseUrl, token, fetch }: Cloud,
  query: string,
  init: { readonly method: string; readonly body?: string },
  milliseconds: number,
): Promise<unknown> {
  const path = `/accounts/${encodeURIComponent(account)}/workers/scripts/${encodeURIComponent(script)}/deployments`;
  const response = await fetch(`${baseUrl}${path}${query}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    signal: AbortSignal.timeout(milliseconds),
    redirect: "manual",
  });
  const text = await response.text();
  const answer = parse(text);
  if (!response.ok || answer.success !== true) {
    const errors: unknown = answer.errors;
    const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
    const { code, message } = asRecord(first);
    const said = typeof message === "string" ? `: ${message.slice(0, 200)} (${String(code)})` : "";
    throw new CallFailedError(`${init.method} answered ${response.status}${said}`);
  }
  return answer.result;
}

function describe(error: unknown): string {
  if (error instanceof CallFailedError) return error.message;
  if (error instanceof Error && error.name === "TimeoutError") return "Cloudflare's API did not answer in time";
  return "Cloudflare's API could not be reached";
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function parse(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}
