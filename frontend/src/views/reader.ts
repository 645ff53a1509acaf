/** The portals of investors and production companies: what they have saved, asked for, and what was opened to them. */

import type { SavedSummary } from "../api/types";
import { h } from "../dom";
import { action } from "../forms";
import { PATHS } from "../routes";
import type { Asked, View } from "../view";
import { list, ndaCard, ndaFigures, pitchCard, section } from "./cards";

export function investorPortal(asked: Asked): Promise<View> {
  return portal(asked, "investor", "Investor's portal");
}

export function productionPortal(asked: Asked): Promise<View> {
  return portal(asked, "production", "Production portal");
}

async function portal(asked: Asked, name: "investor" | "production", title: string): Promise<View> {
  const { saved, ndas, requests, opened } = await asked.api.readerDashboard(name, asked.signal);
  const asking = section(
    "NDAs that you have asked for",
    ndaFigures(ndas),
    list(requests.map((nda) => ndaCard(nda, true)), "You have asked for none yet."),
    h("p", {}, h("a", { href: PATHS.ndas }, "All NDAs")),
  );
  const cards = saved.map((pitch) => savedCard(asked, pitch));
  const kept = section("Saved pitches", list(cards, "You have saved none yet."));
  const open =
    opened === undefined
      ? null
      : section("Opened to you", list(opened.map((pitch) => pitchCard(pitch)), "No NDA was granted to you yet."));
  return {
    title,
    content: [
      h("p", {}, h("a", { class: "button", href: PATHS.catalogue }, "Find pitches")),
      // A company works with what is open to it; an investor looks at what he may want.
      name === "production" ? [open, asking, kept] : [kept, asking],
    ],
  };
}

function savedCard({ api, again }: Asked, pitch: SavedSummary): HTMLElement {
  const remove = async () => {
    await api.unsave(pitch.id);
    again(`${pitch.title} is not saved any more`);
  };
  return pitchCard(pitch, h("p", {}, action("Remove", remove, `Remove ${pitch.title} from saved`)));
}
