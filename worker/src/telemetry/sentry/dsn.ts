/** Where a project's errors go: `https://KEY@HOST/PROJECT`. */

export interface Destination {
  /** Of the envelope endpoint. */
  readonly url: string;
  readonly key: string;
}

/** Null for what is no such address. */
export function destination(dsn: string): Destination | null {
  if (!URL.canParse(dsn)) return null;
  const { protocol, username, host, pathname } = new URL(dsn);
  const parts = pathname.split("/").filter((part) => part !== "");
  const project = parts.pop();
  if (protocol !== "https:" || !/^[\w-]+$/.test(username) || !project || !/^\d+$/.test(project)) return null;
  return { url: `https://${[host, ...parts].join("/")}/api/${project}/envelope/`, key: username };
}
