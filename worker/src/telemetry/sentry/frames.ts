/** Where an error came from, as far as our own bundle goes. */

export interface Frame {
  readonly filename: string;
  readonly function: string;
  readonly lineno: number;
  readonly colno: number;
  readonly in_app: true;
}

const MOST_FRAMES = 30;
const LINE = /^\s+at (?:(?:async |new )*([\w$.<>#[\] ]{1,100}) \()?(?:\w+:\/\/)?([^\s()]*?):(\d+):(\d+)\)?$/;
// A Worker is bundled into one module; its name is the same in every environment.
const MODULE = /(?:^|\/)((?:index|worker)\.js)$/;

/** The outermost call first, as Sentry wants them. The runtime's own frames are left out. */
export function frames(stack: string | undefined): Frame[] {
  const found: Frame[] = [];
  for (const line of (stack ?? "").split("\n")) {
    const [, name = "", file = "", row, column] = LINE.exec(line) ?? [];
    const module = MODULE.exec(file)?.[1];
    if (module === undefined || file.startsWith("node")) continue;
    found.push({
      filename: `app:///${module}`,
      function: name || "(anonymous)",
      lineno: Number(row),
      colno: Number(column),
      in_app: true,
    });
    if (found.length === MOST_FRAMES) break;
  }
  return found.reverse();
}
