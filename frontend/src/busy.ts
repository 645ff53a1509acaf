/** The page is being made. What takes a while is seen, and told. */

import { placed } from "./dom";
import { say } from "./say";

const SLOW_MILLISECONDS = 400;
let slow: ReturnType<typeof setTimeout> | undefined;

export function busy(): void {
  const main = placed("main");
  main.setAttribute("aria-busy", "true");
  clearTimeout(slow);
  slow = setTimeout(() => {
    main.dataset["slow"] = "";
    say("Loading");
  }, SLOW_MILLISECONDS);
}

export function ready(): void {
  const main = placed("main");
  clearTimeout(slow);
  delete main.dataset["slow"];
  main.removeAttribute("aria-busy");
}
