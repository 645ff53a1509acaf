import type { Env } from "../env";
import { html } from "../http";

const LINKS: readonly (readonly [string, string])[] = [
  ["/health", "every binding, used for real"],
  ["/version", "what serves this request"],
  ["/flags/example", "a feature flag from KV"],
  ["/counter/visits", "a counter in a Durable Object"],
];

export const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; }
  main { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
  h1 { font-size: 1.5rem; margin-bottom: .25rem; }
  code { font-size: .9em; }
  ul { padding-left: 1.1rem; }
  span, p { opacity: .75; }
`;
/** Its hash, which the policy of the page names: no other style is minded. */
export const STYLE_SOURCE = "'sha256-vpKdTcUgzVqtE+WEx6cVFnvdMfrVUYqPui+zKVjf3wA='";

/** A page for whoever opens the Worker's address in a browser. */
export function page(env: Env): Response {
  const links = LINKS.map(
    ([path, text]) => `<li><a href="${path}">${path}</a> <span>${text}</span></li>`,
  );
  return html(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pitchey ${escape(env.ENVIRONMENT)}</title>
<style>${STYLE}</style>
<main>
  <h1>Pitchey ${escape(env.ENVIRONMENT)} serves</h1>
  <p>Version <code>${escape(env.VERSION.id)}</code> ${escape(env.VERSION.tag)}</p>
  <ul>${links.join("")}</ul>
</main>
</html>
`, [STYLE_SOURCE]);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
