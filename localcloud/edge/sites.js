// Static sites of Pages: the front says in a header which one is asked for. A site is told as text (its files by path, its
// rules) and read when it is asked for first; its files are on disk under their digests. What Cloudflare keeps for a week in
// caches of data centres after a deployment is gone here at once.
import { headerRules, redirects } from "./site-rules.js";

const BROWSER_ASKS_AGAIN = "public, max-age=0, must-revalidate";
const sites = new Map();

export default {
  async fetch(request, env) {
    const name = request.headers.get("x-edge-site");
    if (!sites.has(name)) sites.set(name, read(env[name], env[`${name}-files`]));
    const site = sites.get(name);
    const url = new URL(request.url);
    const answer = await answered(site, request, url);
    const headers = answer.headers;
    headers.set("access-control-allow-origin", "*");
    headers.set("referrer-policy", "strict-origin-when-cross-origin");
    if (headers.has("content-type")) headers.set("x-content-type-options", "nosniff");
    site.attach(url, headers);
    return answer;
  },
};

function read(told, disk) {
  const { files, headers, redirects: rules } = JSON.parse(told);
  return { files: new Map(Object.entries(files)), disk, redirect: redirects(rules), attach: headerRules(headers) };
}

async function answered(site, request, url) {
  let path = url.pathname;
  const rule = site.redirect(url);
  if (rule !== null && rule.status !== 200) return redirected(rule, url);
  if (rule !== null) path = new URL(rule.to, url).pathname;
  if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  try {
    path = decodeURIComponent(path);
  } catch {
    // A path that says nothing in UTF-8 is looked up as it is.
  }
  const place = placeOf(site.files, path);
  if (place.file !== undefined) return served(site, place.file, request, url);
  if (place.moved !== undefined) return moved(place.moved, url);
  return missing(site, path, request, url);
}

// `/about` is about.html, `/about/` about/index.html; every other address of a page leads to that one. What is shown: `file`;
// where else it is: `moved`; neither when there is nothing.
function placeOf(files, path) {
  if (path.endsWith("/")) {
    const page = files.get(`${path}index.html`);
    if (page !== undefined) return { file: page };
    if (path.endsWith("/index/")) return { moved: path.slice(0, -"index/".length) };
    return files.has(`${path.slice(0, -1)}.html`) ? { moved: path.slice(0, -1) } : {};
  }
  const file = files.get(path);
  if (file !== undefined) {
    if (!path.endsWith(".html")) return { file };
    const bare = path.slice(0, -".html".length);
    if (bare.endsWith("/index")) return { moved: bare.slice(0, -"index".length) };
    return files.has(bare) || bare === "/" ? { file } : { moved: bare };
  }
  if (path.endsWith("/index")) return { moved: path.slice(0, -"index".length) };
  const page = files.get(`${path}.html`);
  if (page !== undefined) return { file: page };
  return files.has(`${path}/index.html`) ? { moved: `${path}/` } : {};
}

// Two slashes at the beginning would lead to another host.
function moved(path, url) {
  const location = encodeURI(path.replace(/^[/\\\s]+/, "/")) + url.search;
  return new Response(null, { status: 308, headers: { location } });
}

function redirected({ to, status }, url) {
  const target = new URL(to, url);
  const origin = target.origin === url.origin ? "" : target.origin;
  const location = `${origin}${target.pathname}${target.search || url.search}${target.hash}`;
  return new Response(`Redirecting to ${location}`, { status, headers: { location, "content-type": "text/plain; charset=utf-8" } });
}

async function served(site, [digest, type], request, url) {
  const etag = `"${digest.slice(0, 32)}"`;
  const headers = new Headers({ etag });
  // A range is answered with the whole file, which no cache may then keep.
  if (!request.headers.has("authorization") && !request.headers.has("range")) headers.set("cache-control", BROWSER_ASKS_AGAIN);
  if (isPreview(url.hostname)) headers.set("x-robots-tag", "noindex");
  if (isKnown(request.headers.get("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  headers.set("content-type", type);
  return new Response(await content(site, digest, request.method, headers), { headers });
}

// A deployment's own address and a branch's.
const isPreview = (host) => host.endsWith(".pages.dev") && host.split(".").length > 3;

function isKnown(asked, etag) {
  if (asked === null) return false;
  return asked.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === etag);
}

async function content(site, digest, method, headers) {
  const file = await site.disk.fetch(`http://disk/${digest}`, { method });
  if (!file.ok) throw new Error(`the file ${digest} answers ${file.status}`);
  if (method === "HEAD") headers.set("content-length", file.headers.get("content-length"));
  return method === "HEAD" ? null : file.body;
}

// The closest page 404.html above; a site without one at its top is an application of a single page.
async function missing(site, path, request, url) {
  for (let folder = path; folder !== ""; ) {
    folder = folder.slice(0, folder.lastIndexOf("/"));
    const page = site.files.get(`${folder}/404.html`);
    if (page === undefined) continue;
    const headers = new Headers({ "content-type": page[1] });
    return new Response(await content(site, page[0], request.method, headers), { status: 404, headers });
  }
  const start = site.files.get("/index.html");
  return start === undefined ? new Response(null, { status: 404 }) : served(site, start, request, url);
}
