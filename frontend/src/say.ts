/** What is told to those who do not see that something has changed. */

import { placed } from "./dom";

/** Politely: after what is being read. The same words twice are told twice. */
export function say(words: string): void {
  const place = placed("said");
  place.textContent = "";
  setTimeout(() => {
    place.textContent = words;
  }, 50);
}
