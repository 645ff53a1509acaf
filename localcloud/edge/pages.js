// What the front says by itself. A human reads it, or a program that did not ask for HTML.

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export const exceptionPage = (ray) =>
  new Response("error code: 1101", {
    status: 500,
    headers: { "content-type": "text/plain; charset=UTF-8", "cache-control": "private, no-store", "cf-ray": ray },
  });

// No Worker and no site answers here: says why, and what does answer.
export function placePage(request, place, route, table) {
  let title = `No Worker on ${place.host}`;
  if (place.unserved !== null) title = place.unserved;
  else if (route !== null && route.named) title = `The Worker on ${place.host} has no deployment`;
  else if (place.routes.length > 0) title = `No Worker on this path of ${place.host}`;
  const status = 404;
  const urls = table.hosts.map((host) => `http://${host}.localhost:${table.httpPort}/`);
  if (!(request.headers.get("accept") ?? "").includes("text/html")) {
    return new Response([title, ...urls, ""].join("\n"), { status, headers: { "content-type": "text/plain; charset=UTF-8" } });
  }
  const rows = urls.map((url, index) => `<li><a href="${escape(url)}">${escape(table.hosts[index])}</a></li>`).join("");
  const known = rows ? `<p>These hosts answer:</p><ul>${rows}</ul>` : "<p>Nothing is deployed yet.</p>";
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>${escape(title)}</h1>${known}<p>Pitchey local cloud</p></html>
`;
  return new Response(html, { status, headers: { "content-type": "text/html; charset=UTF-8" } });
}
