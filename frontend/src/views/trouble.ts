/** Pages for when there is nothing to show. */

import { Problem } from "../api/problem";
import type { Role } from "../api/types";
import { h } from "../dom";
import { PATHS } from "../routes";
import type { View } from "../view";
import { ROLE_WORDS } from "../words";

export function missing(): View {
  return {
    title: "Nothing is here",
    content: [
      h("p", {}, "The page is not there, or it is not for you."),
      h("p", {}, h("a", { href: PATHS.catalogue }, "See all pitches")),
    ],
  };
}

export function notFor(roles: readonly Role[]): View {
  const names = roles.map((role) => ROLE_WORDS[role].toLowerCase()).join(" or ");
  return { title: "This page is not yours", content: [h("p", {}, `It is for somebody signed in as ${names}.`)] };
}

export function troubled(error: unknown, retry: () => void): View {
  if (!(error instanceof Problem)) throw error;
  return {
    title: "That did not work",
    content: [
      h("p", { role: "alert" }, error.sentence),
      h("button", { type: "button", onClick: retry }, "Try again"),
    ],
  };
}
