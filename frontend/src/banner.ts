/** The top of every page: where one can go, and as whom one is signed in. */

import type { Api } from "./api";
import { type Child, h, placed } from "./dom";
import { action } from "./forms";
import { nextQuery, PATHS } from "./routes";
import { ROLE_WORDS } from "./words";

export function drawBanner(api: Api, path: string, go: (path: string) => void): void {
  const { person } = api;
  const link = (to: string, words: string, query = "") =>
    h("li", {}, h("a", { href: to + query, "aria-current": to === path && "page" }, words));
  // Back to where one was, unless that has nothing more to show to who is signed in.
  const next = path === PATHS.catalogue || path === PATHS.logIn || path === PATHS.signUp ? "" : nextQuery(path);
  const logOut = action("Log out", async () => {
    await api.logOut();
    go(PATHS.catalogue);
  });
  const own: readonly Child[] =
    person === null
      ? [link(PATHS.logIn, "Log in", next), link(PATHS.signUp, "Sign up")]
      : [
          link(PATHS.portal(person.role), "Your portal"),
          link(PATHS.ndas, "NDAs"),
          h("li", { class: "who" }, `${person.name}, ${ROLE_WORDS[person.role].toLowerCase()}`),
          h("li", {}, logOut),
        ];
  placed("banner").replaceChildren(
    h("p", { class: "brand" }, h("a", { href: PATHS.catalogue }, "Pitchey")),
    h("nav", { "aria-label": "Main" }, h("ul", {}, link(PATHS.catalogue, "Pitches"), own)),
  );
}
