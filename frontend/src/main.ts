/** The site starts: who is signed in is found out first, so that no page is shown as to a stranger. */

import { Api } from "./api";
import { Client } from "./api/client";
import { apiOrigin } from "./api/origin";
import { Problem } from "./api/problem";
import { Session } from "./api/session";
import { drawBanner } from "./banner";
import { placed } from "./dom";
import { Navigation } from "./navigation";
import { ROUTES } from "./pages";

const LOCK = "pitchey-refresh";

async function alone<T>(work: () => Promise<T>): Promise<T> {
  // Browsers offer locks to pages over HTTPS and on this machine alone.
  return "locks" in navigator ? navigator.locks.request(LOCK, work) : work();
}

const told = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
const origin = apiOrigin(told("pitchey-api"), told("pitchey-local"), location);
const session = new Session(localStorage);
const api = new Api(new Client(origin, session, (...asked) => fetch(...asked), alone));
const navigation: Navigation = new Navigation(api, ROUTES, draw);

function draw(): void {
  drawBanner(api, location.pathname, navigation.go);
}

session.onChange = draw;
draw();
try {
  await api.resume();
} catch (error) {
  // The page says what is wrong when it asks for more.
  if (!(error instanceof Problem)) throw error;
}
placed("main").replaceChildren();
navigation.start();
