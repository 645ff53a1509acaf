/** The site starts: who is signed in is found out first, so that no page is shown as to a stranger. */

import { Api } from "./api";
import { Client } from "./api/client";
import { apiOrigin } from "./api/origin";
import { Problem } from "./api/problem";
import { HINT, Session } from "./api/session";
import { drawBanner } from "./banner";
import { busy } from "./busy";
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

async function resumed(): Promise<void> {
  try {
    await api.resume();
  } catch (error) {
    // The page says what is wrong when it asks for more.
    if (!(error instanceof Problem)) throw error;
  }
}

session.onChange = draw;
draw();
busy();
await resumed();
placed("main").replaceChildren();
navigation.start();
// All tabs are one visitor: what one of them shows to somebody is gone when another signs him out.
window.addEventListener("storage", async ({ key }) => {
  if ((key !== HINT && key !== null) || !session.isOutdated) return;
  const wasSomebody = session.person !== null;
  session.forget();
  if (wasSomebody) await navigation.show();
  else await resumed();
});
