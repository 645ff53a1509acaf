/** Where the API is. A local cloud puts the same hosts under `.localhost`, at a port of its own. */

const LOCAL = ".localhost";

/** `built`: the origin that the site was built for. */
export function apiOrigin(built: string, page: Pick<Location, "protocol" | "hostname" | "port">): string {
  if (!page.hostname.endsWith(LOCAL)) return built;
  const port = page.port === "" ? "" : `:${page.port}`;
  return `${page.protocol}//${new URL(built).hostname}${LOCAL}${port}`;
}
