/** What is told to those who do not see that something has changed. */

import { placed } from "./dom";

let later: ReturnType<typeof setTimeout> | undefined;

/** Politely: after what is being read. The same words twice are told twice. */
export function say(words: string): void {
  hush();
  later = setTimeout(() => {
    placed("said").textContent = words;
  }, 50);
}

/** What was told is no longer so. */
export function hush(): void {
  clearTimeout(later);
  placed("said").textContent = "";
}
