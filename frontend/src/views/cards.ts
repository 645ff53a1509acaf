/** Pitches and NDAs in lists. */

import type { Nda, NdaCounts, Summary } from "../api/types";
import { type Child, h } from "../dom";
import { PATHS } from "../routes";
import { counted, day, dollars, FORMAT_WORDS, NDA_WORDS, ROLE_WORDS } from "../words";

export function pitchCard(pitch: Summary, ...more: readonly Child[]): HTMLElement {
  return h(
    "li",
    { class: "card" },
    h("h3", {}, h("a", { href: PATHS.pitch(pitch.id) }, pitch.title)),
    h("p", {}, pitch.logline),
    facts([
      ["Format", FORMAT_WORDS[pitch.format]],
      ["Genre", pitch.genre],
      ["Budget", dollars(pitch.budget)],
      ["By", pitch.creator.name],
    ]),
    ...more,
  );
}

export function facts(pairs: readonly (readonly [name: string, value: Child])[]): HTMLElement {
  return h("dl", { class: "facts" }, pairs.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** `empty`: what is said of a list without entries. */
export function list(entries: readonly HTMLElement[], empty: Child): HTMLElement {
  return entries.length === 0 ? h("p", { class: "empty" }, empty) : h("ul", { class: "cards" }, entries);
}

export function section(title: string, ...content: readonly Child[]): HTMLElement {
  const heading = h("h2", {}, title);
  heading.id = `part-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return h("section", { "aria-labelledby": heading.id }, heading, ...content);
}

export function at(time: string): HTMLElement {
  return h("time", { datetime: time }, day(time));
}

/** `mine`: asked for by the reader, who needs no name of it. */
export function ndaCard(nda: Nda, mine: boolean, ...more: readonly Child[]): HTMLElement {
  const { requester } = nda;
  return h(
    "li",
    { class: "card" },
    h("h3", {}, h("a", { href: PATHS.pitch(nda.pitch.id) }, nda.pitch.title)),
    facts([
      ...(mine ? [] : [["Asked by", `${requester.name} (${ROLE_WORDS[requester.role].toLowerCase()})`] as const]),
      ["Asked on", at(nda.requestedAt)],
      ["Answer", NDA_WORDS[nda.status]],
    ]),
    nda.message === "" ? null : h("blockquote", {}, nda.message),
    ...more,
  );
}

export function ndaFigures(counts: NdaCounts): HTMLElement {
  return facts([
    ["NDAs waiting", String(counts.requested)],
    ["NDAs granted", String(counts.granted)],
    ["NDAs refused", String(counts.refused)],
  ]);
}

/** Entries, and a button that brings more of them: focus goes to the first new one. */
export function growing<T>(
  first: { readonly entries: readonly T[]; readonly next: string | null },
  card: (entry: T) => HTMLElement,
  empty: Child,
  bring: (cursor: string) => Promise<{ readonly entries: readonly T[]; readonly next: string | null }>,
  offer: (words: string, work: () => Promise<void>) => HTMLElement,
  onGrown: (added: string) => void,
): HTMLElement {
  const entries = list(first.entries.map(card), empty);
  const box = h("div", {}, entries);
  let { next } = first;
  const more = offer("Show more", async () => {
    if (next === null) return;
    const page = await bring(next);
    const cards = page.entries.map(card);
    entries.append(...cards);
    next = page.next;
    cards[0]?.querySelector("a")?.focus();
    onGrown(`${counted(cards.length, "entry", "entries")} more`);
    if (next === null) more.remove();
  });
  if (next !== null) box.append(more);
  return box;
}
