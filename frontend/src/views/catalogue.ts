/** The public catalogue: what is in demand, and what was looked for. */

import type { Search } from "../api";
import { type Format, FORMATS } from "../api/types";
import { action, choice, input } from "../forms";
import { h } from "../dom";
import { PATHS } from "../routes";
import { say } from "../say";
import type { Asked, View } from "../view";
import { FORMAT_WORDS } from "../words";
import { growing, list, pitchCard, section } from "./cards";

export async function catalogue({ api, query, signal, go }: Asked): Promise<View> {
  const search = searchOf(query);
  const isSearch = query.toString() !== "";
  const [found, wanted] = await Promise.all([
    api.pitches(search, signal),
    isSearch ? [] : api.trending(signal),
  ]);
  const results = growing(
    { entries: found.pitches, next: found.next },
    (pitch) => pitchCard(pitch),
    "No pitch is like that. Use fewer or other words.",
    async (cursor) => {
      const page = await api.pitches({ ...search, cursor }, signal);
      return { entries: page.pitches, next: page.next };
    },
    action,
    say,
  );
  return {
    title: isSearch ? "Pitches found" : "Pitches",
    content: [
      searchForm(search, go),
      wanted.length === 0 ? null : section("In demand", list(wanted.map((pitch) => pitchCard(pitch)), "")),
      section(isSearch ? "Found" : "Newest", results),
    ],
  };
}

function searchOf(query: URLSearchParams): Search {
  const format = query.get("format") ?? "";
  return {
    q: query.get("q") ?? "",
    genre: query.get("genre") ?? "",
    format: FORMATS.includes(format as Format) ? (format as Format) : "",
  };
}

function searchForm({ q, genre, format }: Search, go: (path: string) => void): HTMLElement {
  const fields = [
    input("q", "Words", "search", { value: q ?? "", more: { maxlength: 200 } }),
    input("genre", "Genre", "text", { value: genre ?? "", more: { maxlength: 40, autocomplete: "off" } }),
    choice(
      "format",
      "Format",
      [["", "All formats"], ...FORMATS.map((name) => [name, FORMAT_WORDS[name]] as const)],
      { value: format ?? "" },
    ),
  ];
  const form = h(
    "form",
    { role: "search", "aria-label": "Pitches", class: "search", novalidate: true },
    fields.map((field) => field.element),
    h("button", { type: "submit" }, "Search"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    for (const { control } of fields) if (control.value.trim() !== "") query.set(control.name, control.value.trim());
    const text = query.toString();
    go(text === "" ? PATHS.catalogue : `${PATHS.catalogue}?${text}`);
  });
  return form;
}
