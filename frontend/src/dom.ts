/** Elements, made without markup: text stays text, whoever wrote it. */

type Listener = (event: Event) => void;
export type Attributes = Readonly<Record<string, string | number | boolean | null | Listener>>;
export type Child = Node | string | null | readonly Child[];

/** `true` sets an attribute without a value, `false` and null leave it out; `onClick` and the like listen. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...flat(children));
  return element;
}

function flat(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child) => {
    if (child === null) return [];
    return child instanceof Node || typeof child === "string" ? [child] : flat(child);
  });
}

/** What is in the page from the start. */
export function placed(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** Where focus goes without being a stop of the keyboard. */
export function focusOn(element: HTMLElement): void {
  if (!element.matches("a[href], button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus();
}

let numbers = 0;

/** An id that no other element has. */
export function newId(stem: string): string {
  numbers += 1;
  return `${stem}-${numbers}`;
}
