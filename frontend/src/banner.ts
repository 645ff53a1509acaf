/** The top of every page: where one can go, and as whom one is signed in. */

import type { Api } from "./api";
import { type Child, h, placed } from "./dom";
import { action } from "./forms";
import { PATHS } from "./routes";
import { ROLE_WORDS } from "./words";

export function drawBanner(api: Api, path: string, go: (path: string) => void): void {
  const { person } = api;
  const link = (to: string, words: string) =>
    h("li", {}, h("a", { href: to, "aria-current": to === path && "page" }, words));
  const logOut = action("Log out", async () => {
    await api.logOut();
    go(PATHS.catalogue);
  });
  const own: readonly Child[] =
    person === null
      ? [link(PATHS.logIn, "Log in"), link(PATHS.signUp, "Sign up")]
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
