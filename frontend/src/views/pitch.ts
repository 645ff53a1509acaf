/** One pitch: what everybody sees of it, what an NDA opens, and how one is asked for. */

import type { Api } from "../api";
import type { Pitch, Upload } from "../api/types";
import { type Child, h } from "../dom";
import { action, area, form } from "../forms";
import { nextQuery, PATHS } from "../routes";
import type { Asked, View } from "../view";
import { counted, dollars, FORMAT_WORDS, NDA_WORDS, size, STATUS_WORDS } from "../words";
import { at, facts, section } from "./cards";

export async function pitch(asked: Asked): Promise<View> {
  const { api, values, signal } = asked;
  const found = await api.pitch(values["id"] ?? "", signal);
  const { person } = api;
  const isOwn = person?.id === found.creator.id;
  return {
    title: found.title,
    content: [
      h("p", { class: "lead" }, found.logline),
      facts([
        ["By", found.creator.name],
        ["Format", FORMAT_WORDS[found.format]],
        ["Genre", found.genre],
        ["Budget", dollars(found.budget)],
        ["Seen", counted(found.views, "time")],
        ...(found.publishedAt === null ? [] : [["Published", at(found.publishedAt)] as const]),
        ...(isOwn ? [["State", STATUS_WORDS[found.status]] as const] : []),
      ]),
      isOwn ? h("p", {}, h("a", { href: PATHS.edit(found.id) }, "Edit this pitch")) : null,
      person !== null && person.role !== "creator" ? saving(asked, found) : null,
      whole(asked, found),
    ],
  };
}

function saving({ api, again }: Asked, { id, title, saved }: Pitch): HTMLElement {
  const save = async (): Promise<void> => {
    await api.save(id);
    again(`${title} is saved`);
  };
  const remove = async (): Promise<void> => {
    await api.unsave(id);
    again(`${title} is not saved any more`);
  };
  return h("p", { class: "actions" }, saved ? action("Remove from saved", remove) : action("Save", save));
}

function whole(asked: Asked, found: Pitch): HTMLElement {
  const { api } = asked;
  if (found.whole !== null) {
    return section(
      "Synopsis and files",
      found.whole.synopsis === ""
        ? h("p", { class: "empty" }, "There is no synopsis yet.")
        : h("p", { class: "prose" }, found.whole.synopsis),
      files(api, found.whole.uploads),
    );
  }
  const who = h("p", {}, "These are for whoever has agreed to an NDA.");
  return section("Synopsis and files", who, ...ndaPart(asked, found));
}

function ndaPart(asked: Asked, found: Pitch): readonly Child[] {
  const { person } = asked.api;
  if (found.nda !== null) return [h("p", {}, `Your request: ${NDA_WORDS[found.nda.status].toLowerCase()}.`)];
  if (person === null) {
    const to = PATHS.logIn + nextQuery(PATHS.pitch(found.id));
    return [h("p", {}, h("a", { href: to }, "Log in"), " to ask for one.")];
  }
  if (person.role === "creator") return [h("p", {}, "Investors and production companies can ask for one.")];
  return [
    form({
      fields: [area("message", "Message to the creator", { more: { maxlength: 2000 } })],
      button: "Ask for an NDA",
      async send({ message = "" }) {
        await asked.api.requestNda(found.id, message);
        asked.again("The NDA was asked for");
      },
    }),
  ];
}

export function files(api: Api, uploads: readonly Upload[]): HTMLElement {
  if (uploads.length === 0) return h("p", { class: "empty" }, "There are no files.");
  return h(
    "ul",
    { class: "files" },
    uploads.map((upload) =>
      h(
        "li",
        {},
        h("span", {}, `${upload.name} (${size(upload.bytes)}) `),
        action("Download", () => download(api, upload), `Download ${upload.name}`),
      ),
    ),
  );
}

/** Files are only given to who shows a token, which no link can. */
async function download(api: Api, { id, name }: Upload): Promise<void> {
  const url = URL.createObjectURL(await api.download(id));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
