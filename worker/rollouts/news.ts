/** The news that the dead-man's switch has acted: whoever led the rollout is gone, so nobody else tells of it.
 *
 * The bodies are those of `delivery/notifications`: of its signed webhook (`webhook.py`) and of Slack's. */

import type { Env } from "./env";

export interface Acted {
  readonly rollout: string;
  readonly script: string;
  readonly stable: string;
  readonly candidate: string;
  /** Whether stable had to be put back; it served everything already where not. */
  readonly deployed: boolean;
  readonly detail: string;
}

interface Post {
  readonly receiver: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TRIES = 3;
const TRY_MS = 5000;
const PAUSE_MS = 1000;

/** Each receiver is tried three times; the names of those that did not hear of it. Never throws. */
export async function tell(acted: Acted, env: Env, now: number): Promise<string[]> {
  const posts = await addressed(acted, env, now);
  const untold = await Promise.all(posts.map(async (post) => ((await delivered(post)) ? [] : [post.receiver])));
  return untold.flat();
}

async function addressed(acted: Acted, env: Env, now: number): Promise<Post[]> {
  const news = told(acted, env.ENVIRONMENT);
  const json = { "content-type": "application/json" };
  const posts: Post[] = [];
  if (env.SLACK_WEBHOOK_URL) {
    posts.push({ receiver: "slack", url: env.SLACK_WEBHOOK_URL, headers: json, body: JSON.stringify(slack(news)) });
  }
  if (env.WEBHOOK_URL && env.WEBHOOK_SECRET) {
    const body = JSON.stringify(news);
    const headers = {
      ...json,
      "pitchey-delivery": news.id,
      "pitchey-signature": await signature(env.WEBHOOK_SECRET, body, Math.floor(now)),
    };
    posts.push({ receiver: "webhook", url: env.WEBHOOK_URL, headers, body });
  }
  return posts;
}

function told({ rollout, script, stable, candidate, deployed, detail }: Acted, stack: string) {
  const did = deployed ? "the dead-man's switch put stable back" : "the dead-man's switch had nothing to do";
  return {
    version: 1,
    id: `${rollout}/switched`,
    severity: "error",
    state: "returned",
    title: `Whoever led the rollout of ${script} is gone`,
    text: `${did}: ${detail}`,
    numbers: {},
    measured: null,
    link: null,
    command: `pitchey rollout report ${stack} ${rollout}`,
    address: null,
    rehearsal: false,
    stack,
    worker: script,
    rollout,
    stable,
    candidate,
    share: 0,
  };
}

function slack(news: ReturnType<typeof told>) {
  const lines = [
    `🔴 [${news.stack}] error: ${news.title}`,
    news.text,
    `Rollout ${news.rollout}: stable ${news.stable}, candidate ${news.candidate}`,
    `To read on: ${news.command}`,
  ];
  return { text: escaped(lines.join("\n")), mrkdwn: false, unfurl_links: false, unfurl_media: false };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").slice(0, 3000);
}

/** `t=<at>,v1=<hex>`: HMAC-SHA256 of `<at>.<body>`, as `delivery/notifications/webhook.py` signs. */
async function signature(secret: string, body: string, at: number): Promise<string> {
  const text = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", text.encode(secret), algorithm, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, text.encode(`${at}.${body}`)));
  return `t=${at},v1=${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

async function delivered({ url, headers, body }: Post): Promise<boolean> {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.timeout(TRY_MS),
      });
      await answer.body?.cancel();
      if (answer.ok) return true;
    } catch {
      // What is wrong with an address that is a secret is told nowhere.
    }
    if (tries === TRIES) return false;
    await scheduler.wait(PAUSE_MS * 4 ** (tries - 1));
  }
}
