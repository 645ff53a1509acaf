/** One page after the other without loading anew: what a browser does for pages of its own (title, focus, position,
 * history, a way to stop) is done here. */

import type { Api } from "./api";
import { Problem } from "./api/problem";
import { busy, ready } from "./busy";
import { focusOn, h, placed } from "./dom";
import { Places } from "./places";
import { match, nextQuery, PATHS } from "./routes";
import { hush, say } from "./say";
import type { Asked, Route, View } from "./view";
import { missing, notFor, troubled } from "./views/trouble";

export class Navigation {
  readonly #places = new Places();
  #leaving = new AbortController();
  /** The address whose page is shown, or will be. */
  #wanted = "";

  constructor(
    private readonly api: Api,
    private readonly routes: readonly Route[],
    private readonly onShown: (path: string) => void,
  ) {}

  start(): void {
    document.addEventListener("click", (event) => this.#follow(event));
    window.addEventListener("popstate", () => {
      this.#places.moved();
      // Another place of the same page: what was typed into it stays.
      if (here() !== this.#wanted) void this.show();
    });
    void this.show({ first: true });
  }

  readonly go = (path: string): void => {
    if (path !== here()) this.#places.push(path);
    void this.show();
  };

  /** Shows the page of the current address. The first one leaves focus where the browser has put it. */
  async show({ first = false, said = null as string | null } = {}): Promise<void> {
    this.#leaving.abort();
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#wanted = here();
    busy();
    const view = await this.#view(leaving.signal);
    if (leaving.signal.aborted) return;
    const heading = h("h1", {}, view.title);
    placed("main").replaceChildren(heading, ...h("div", {}, ...view.content).childNodes);
    ready();
    document.title = view.title === "Pitchey" ? view.title : `${view.title} – Pitchey`;
    this.onShown(location.pathname);
    if (!first) focusOn(heading);
    if (said === null) window.scrollTo(0, this.#places.top);
    if (said === null) hush();
    else say(said);
  }

  async #view(signal: AbortSignal): Promise<View> {
    const found = this.routes.flatMap((route) => {
      const values = match(route.pattern, location.pathname);
      return values === null ? [] : [{ route, values }];
    })[0];
    if (found === undefined) return missing();
    const { route, values } = found;
    try {
      if (route.roles !== undefined) {
        await this.api.resume();
        const { person } = this.api;
        if (person === null) return this.#instead(PATHS.logIn + nextQuery(here()), signal);
        if (!route.roles.includes(person.role)) return notFor(route.roles);
      }
      return await route.show(this.#asked(values, signal));
    } catch (error) {
      if (signal.aborted) return { title: "", content: [] };
      if (error instanceof Problem && error.status === 404) return missing();
      // Whoever was signed in is not any more.
      if (error instanceof Problem && error.status === 401 && route.roles !== undefined) {
        return this.#instead(PATHS.logIn + nextQuery(here()), signal);
      }
      return troubled(error, () => void this.show());
    }
  }

  #instead(path: string, signal: AbortSignal): Promise<View> {
    this.#places.replace(path);
    this.#wanted = here();
    return this.#view(signal);
  }

  #asked(values: Asked["values"], signal: AbortSignal): Asked {
    return {
      api: this.api,
      values,
      signal,
      query: new URLSearchParams(location.search),
      go: this.go,
      again: (said) => void this.show({ said }),
    };
  }

  /** Links of this site are followed here, unless the visitor wants something else of them (a new tab, a download). */
  #follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

function here(): string {
  return location.pathname + location.search;
}
