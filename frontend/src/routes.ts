/** Paths of the site's own pages, and how they are told apart. */

import type { Role } from "./api/types";

export const PATHS = {
  catalogue: "/",
  logIn: "/log-in",
  signUp: "/sign-up",
  ndas: "/ndas",
  newPitch: "/creator/pitches/new",
  pitch: (id: string) => `/pitches/${encodeURIComponent(id)}`,
  edit: (id: string) => `/creator/pitches/${encodeURIComponent(id)}`,
  portal: (role: Role) => `/${role}`,
} as const;

/** Where to after signing in; nothing but a path of this site. */
export function nextOf(query: URLSearchParams): string | null {
  const next = query.get("next");
  return next !== null && /^\/(?![/\\])/.test(next) ? next : null;
}

export function nextQuery(path: string): string {
  return `?next=${encodeURIComponent(path)}`;
}

/** `path` matched by `/a/:b`: the values of its names, null when it is another path. */
export function match(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const wanted = pattern.split("/");
  const given = path.replace(/(?<=.)\/$/, "").split("/");
  if (wanted.length !== given.length) return null;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? "";
    if (part.startsWith(":") && text !== "") values[part.slice(1)] = decoded(text);
    else if (part !== text) return null;
  }
  return values;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
