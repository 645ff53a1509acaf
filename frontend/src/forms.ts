/** Forms: fields with labels and what is wrong with each; what is wrong with all of them is told above, at once. */

import { Problem } from "./api/problem";
import { type Child, focusOn, h, newId } from "./dom";

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export interface Field {
  readonly control: Control;
  readonly element: HTMLElement;
  readonly label: string;
  complain(words: string): void;
  calm(): void;
}

export interface Options {
  readonly hint?: string;
  readonly value?: string;
  /** Attributes of the control. */
  readonly more?: Readonly<Record<string, string | number | boolean>>;
}

export function input(name: string, label: string, type: string, options: Options = {}): Field {
  const control = h("input", { name, type, ...options.more });
  control.value = options.value ?? "";
  return field(control, label, options.hint);
}

export function area(name: string, label: string, options: Options = {}): Field {
  const control = h("textarea", { name, rows: 6, ...options.more });
  control.value = options.value ?? "";
  return field(control, label, options.hint);
}

export function choice(
  name: string,
  label: string,
  choices: readonly (readonly [value: string, words: string])[],
  options: Options = {},
): Field {
  const control = h(
    "select",
    { name, ...options.more },
    choices.map(([value, words]) => h("option", { value }, words)),
  );
  control.value = options.value ?? choices[0]?.[0] ?? "";
  return field(control, label, options.hint);
}

function field(control: Control, label: string, hint: string | undefined): Field {
  control.id = newId("field");
  const wrong = h("p", { class: "wrong", id: `${control.id}-wrong`, hidden: true });
  const hinted = hint === undefined ? null : h("p", { class: "hint", id: `${control.id}-hint` }, hint);
  const described = (ids: readonly (string | undefined)[]) => {
    const text = ids.filter((id) => id !== undefined).join(" ");
    if (text === "") control.removeAttribute("aria-describedby");
    else control.setAttribute("aria-describedby", text);
  };
  described([hinted?.id]);
  const optional = control.required ? null : h("span", { class: "optional" }, " (optional)");
  return {
    control,
    label,
    element: h("div", { class: "field" }, h("label", { for: control.id }, label, optional), hinted, control, wrong),
    complain(words) {
      wrong.textContent = words;
      wrong.hidden = false;
      control.setAttribute("aria-invalid", "true");
      described([wrong.id, hinted?.id]);
    },
    calm() {
      wrong.hidden = true;
      control.removeAttribute("aria-invalid");
      described([hinted?.id]);
    },
  };
}

export interface FormOptions {
  readonly fields: readonly Field[];
  readonly button: string;
  readonly more?: readonly Child[];
  /** Called with the fields' values when all of them are as the browser's own rules say. */
  readonly send: (values: Readonly<Record<string, string>>) => Promise<void>;
}

/** Refused values are told above (focus goes there) and beside their fields; what was typed stays. */
export function form({ fields, button, more = [], send }: FormOptions): HTMLFormElement {
  const trouble = h("div", { class: "trouble", role: "alert" });
  const submit = h("button", { type: "submit" }, button);
  const element = h("form", { novalidate: true }, trouble, fields.map((one) => one.element), more, submit);
  const tell = (words: string, wrong: readonly (readonly [Field, string])[]) => {
    for (const [one, why] of wrong) one.complain(why);
    trouble.replaceChildren(
      h("p", {}, words),
      ...(wrong.length === 0 ? [] : [h("ul", {}, wrong.map(([one, why]) => h("li", {}, toField(one, why))))]),
    );
    focusOn(trouble);
  };
  let busy = false;
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    trouble.replaceChildren();
    for (const one of fields) one.calm();
    const invalid = fields.filter((one) => !one.control.validity.valid);
    const wrong = invalid.map((one) => [one, whyInvalid(one.control)] as const);
    if (wrong.length > 0) return tell("Some of this is not as it must be:", wrong);
    busy = true;
    submit.setAttribute("aria-disabled", "true");
    element.setAttribute("aria-busy", "true");
    try {
      await send(Object.fromEntries(fields.map(({ control }) => [control.name, control.value])));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const found = fields.flatMap((one) => {
        const why = error.fields.get(one.control.name);
        return why === undefined ? [] : [[one, why] as const];
      });
      tell(found.length > 0 ? "Some of this is not as it must be:" : error.sentence, found);
    } finally {
      busy = false;
      submit.removeAttribute("aria-disabled");
      element.removeAttribute("aria-busy");
    }
  });
  return element;
}

function toField({ control, label }: Field, why: string): HTMLElement {
  const link = h("a", { href: `#${control.id}` }, `${label}: ${why}`);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    control.focus();
  });
  return link;
}

function whyInvalid(control: Control): string {
  const { validity } = control;
  if (validity.valueMissing) return "this is needed";
  return control.validationMessage.replace(/\.$/, "");
}

/** A button whose work may fail: what went wrong is told beside it. */
export function action(words: string, work: () => Promise<void>, label: string | null = null): HTMLElement {
  const told = h("span", { class: "wrong", role: "alert" });
  let busy = false;
  const onClick = async () => {
    if (busy) return;
    busy = true;
    told.textContent = "";
    button.setAttribute("aria-disabled", "true");
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      told.textContent = error.sentence;
    } finally {
      busy = false;
      button.removeAttribute("aria-disabled");
    }
  };
  const button = h("button", { type: "button", "aria-label": label, onClick: () => void onClick() }, words);
  return h("span", { class: "action" }, button, told);
}
