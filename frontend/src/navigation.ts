/** One page after the other without loading anew: what a browser does for pages of its own (title, focus, position,
 * history, a way to stop) is done here. */

import type { Api } from "./api";
import { Problem } from "./api/problem";
import { focusOn, h, placed } from "./dom";
import { match, nextQuery, PATHS } from "./routes";
import { hush, say } from "./say";
import type { Asked, Route, View } from "./view";
import { missing, notFor, troubled } from "./views/trouble";

const SLOW_MILLISECONDS = 400;

export class Navigation {
  #leaving = new AbortController();

  constructor(
    private readonly api: Api,
    private readonly routes: readonly Route[],
    private readonly onShown: (path: string) => void,
  ) {}

  start(): void {
    document.addEventListener("click", (event) => this.#follow(event));
    window.addEventListener("popstate", () => void this.show());
    void this.show({ first: true });
  }

  readonly go = (path: string): void => {
    history.pushState(null, "", path);
    void this.show();
  };

  /** Shows the page of the current address. The first one leaves focus where the browser has put it. */
  async show({ first = false, said = null as string | null } = {}): Promise<void> {
    this.#leaving.abort();
    const leaving = new AbortController();
    this.#leaving = leaving;
    const main = placed("main");
    main.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => say("Loading"), SLOW_MILLISECONDS);
    const view = await this.#view(leaving.signal);
    clearTimeout(slow);
    if (leaving.signal.aborted) return;
    const heading = h("h1", {}, view.title);
    main.replaceChildren(heading, ...h("div", {}, ...view.content).childNodes);
    main.removeAttribute("aria-busy");
    document.title = view.title === "Pitchey" ? view.title : `${view.title} – Pitchey`;
    this.onShown(location.pathname);
    if (!first) {
      focusOn(heading);
      if (said === null) window.scrollTo(0, 0);
    }
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
        if (this.api.person === null) await this.api.resume();
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
    history.replaceState(null, "", path);
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
      rename: (path) => history.replaceState(null, "", path),
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
