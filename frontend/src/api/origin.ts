/** Where the API is. A local cloud puts the same hosts under `.localhost`, at a port of its own. */

const LOCAL = ".localhost";

type Page = Pick<Location, "protocol" | "hostname" | "port">;

/** `built`: the origin that the site was built for; `plain`: where the same API answers without a certificate on a
 * local cloud, empty without one. */
export function apiOrigin(built: string, plain: string, page: Page): string {
  if (!page.hostname.endsWith(LOCAL)) return built;
  const port = page.port === "" ? "" : `:${page.port}`;
  const { hostname } = new URL(page.protocol === "http:" && plain !== "" ? plain : built);
  return `${page.protocol}//${hostname}${LOCAL}${port}`;
}
