/** The creator's portal: own pitches, who has asked for an NDA, and the pitch's editor with its files. */

import { Problem } from "../api/problem";
import { type Format, FORMATS, type Nda, type Pitch, type PitchFields, type PitchStatus } from "../api/types";
import { type Child, h } from "../dom";
import { action, area, choice, type Field, form, input } from "../forms";
import { PATHS } from "../routes";
import type { Asked, View } from "../view";
import { counted, FORMAT_WORDS, STATUS_WORDS } from "../words";
import { facts, list, ndaCard, ndaFigures, pitchCard, section } from "./cards";
import { files } from "./pitch";

const FILES = "application/pdf,image/jpeg,image/png,image/webp,video/mp4,video/quicktime";
const CHANGED_MEANWHILE = 412;

export async function creatorPortal(asked: Asked): Promise<View> {
  const { pitches, totals, ndas, waiting } = await asked.api.creatorDashboard(asked.signal);
  const own = pitches.map((pitch) =>
    pitchCard(
      pitch,
      facts([
        ["State", STATUS_WORDS[pitch.status]],
        ["Seen", counted(pitch.views, "time")],
        ["Saved", counted(pitch.saved, "time")],
      ]),
      h("p", {}, h("a", { href: PATHS.edit(pitch.id), "aria-label": `Edit ${pitch.title}` }, "Edit")),
    ),
  );
  return {
    title: "Your pitches",
    content: [
      h("p", {}, h("a", { class: "button", href: PATHS.newPitch }, "Write a pitch")),
      facts([
        ["Drafts", String(totals.drafts)],
        ["Published", String(totals.published)],
        ["Archived", String(totals.archived)],
        ["Seen", counted(totals.views, "time")],
        ["Saved", counted(totals.saved, "time")],
      ]),
      section(
        "NDAs to answer",
        list(waiting.map((nda) => answerable(asked, nda)), "Nobody waits for an answer."),
        ndaFigures(ndas),
        h("p", {}, h("a", { href: PATHS.ndas }, "All NDAs")),
      ),
      section("Pitches", list(own, "You have written no pitch yet.")),
    ],
  };
}

/** An answer may be changed: a grant can be taken back. */
export function answerable({ api, again }: Asked, nda: Nda): HTMLElement {
  const { requester, pitch } = nda;
  const button = (words: string, status: "granted" | "refused") =>
    nda.status === status
      ? null
      : action(
          words,
          async () => {
            await api.answerNda(nda.id, status);
            again(`${requester.name}'s NDA for ${pitch.title} is ${status}`);
          },
          `${words} ${requester.name}'s NDA for ${pitch.title}`,
        );
  const buttons = [button("Grant", "granted"), button("Refuse", "refused")];
  return ndaCard(nda, false, h("p", { class: "actions" }, buttons));
}

export function newPitch({ api, go }: Asked): View {
  const fields = pitchFields(null);
  const state = choice("status", "State", [
    ["draft", "Draft: for you alone"],
    ["published", "Published: in the catalogue"],
  ]);
  return {
    title: "Write a pitch",
    content: [
      form({
        fields: [...fields, state],
        button: "Keep",
        async send(values) {
          const status = values["status"] as "draft" | "published";
          const made = await api.createPitch({ ...fieldsOf(values), status });
          go(PATHS.edit(made.id));
        },
      }),
    ],
  };
}

export async function editPitch(asked: Asked): Promise<View> {
  const { api, values, signal, again } = asked;
  const pitch = await api.pitch(values["id"] ?? "", signal);
  const { whole } = pitch;
  if (whole === null || pitch.creator.id !== api.person?.id) throw new Problem(404, "the pitch is somebody else's");
  const states = (["draft", "published", "archived"] as const).map((status) => [status, STATUS_WORDS[status]] as const);
  return {
    title: `Edit ${pitch.title}`,
    content: [
      h("p", {}, h("a", { href: PATHS.pitch(pitch.id) }, "See it as it is shown")),
      form({
        fields: [...pitchFields(pitch), choice("status", "State", states, { value: pitch.status })],
        button: "Keep changes",
        async send(given) {
          const wanted = { ...fieldsOf(given), status: given["status"] as PitchStatus };
          await changed(api.changePitch(pitch.id, pitch.revision, wanted));
          again("Your changes are kept");
        },
      }),
      section("Files", files(api, whole.uploads), ...addFile(asked, pitch)),
    ],
  };
}

/** Two who change the same pitch do not overwrite each other: the later one is told. */
async function changed(change: Promise<Pitch>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== CHANGED_MEANWHILE) throw error;
    throw new Problem(
      CHANGED_MEANWHILE,
      "the pitch was changed elsewhere in the meantime: keep a copy of what you have written, and load this page again",
    );
  }
}

function addFile({ api, again }: Asked, { id }: Pitch): readonly Child[] {
  const chosen = input("file", "File", "file", {
    hint: "PDF up to 25 MB, images up to 10 MB, films up to 100 MB.",
    more: { required: true, accept: FILES },
  });
  return [
    form({
      fields: [chosen],
      button: "Add the file",
      async send() {
        const file = chosen.control instanceof HTMLInputElement ? chosen.control.files?.[0] : undefined;
        if (file === undefined) return;
        await api.addUpload(id, file);
        again(`${file.name} is added`);
      },
    }),
  ];
}

function pitchFields(pitch: Pitch | null): readonly Field[] {
  const { title = "", logline = "", genre = "", format = FORMATS[0], budget, whole } = pitch ?? {};
  return [
    input("title", "Title", "text", { value: title, more: { required: true, maxlength: 160 } }),
    area("logline", "Logline", {
      value: logline,
      hint: "What it is about, in a sentence or two on one line. Everybody sees it.",
      more: { required: true, maxlength: 400, rows: 2 },
    }),
    input("genre", "Genre", "text", { value: genre, more: { required: true, maxlength: 40 } }),
    choice("format", "Format", FORMATS.map((name) => [name, FORMAT_WORDS[name]] as const), { value: format }),
    input("budget", "Budget in US dollars", "number", {
      value: budget === undefined ? "" : String(budget),
      more: { required: true, min: 0, max: 1_000_000_000, step: 1, inputmode: "numeric" },
    }),
    area("synopsis", "Synopsis", {
      value: whole?.synopsis ?? "",
      hint: "For whom you grant an NDA.",
      more: { maxlength: 20_000, rows: 12 },
    }),
  ];
}

function fieldsOf(values: Readonly<Record<string, string>>): PitchFields {
  const text = (name: string) => (values[name] ?? "").trim();
  return {
    title: text("title"),
    // One line, however it was typed.
    logline: text("logline").replace(/\s+/g, " "),
    genre: text("genre"),
    format: text("format") as Format,
    budget: Number(text("budget")),
    synopsis: text("synopsis"),
  };
}
