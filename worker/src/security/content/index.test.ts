import { describe, expect, test } from "vitest";
import { cleanFileName, declaredFault, HEAD_BYTES, headFault, LIMITS, mediaTypeOf } from ".";

const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)));
const SIZE = [0, 0, 0, 0x20];
const FILES: [string | null, Uint8Array][] = [
  ["application/pdf", bytes("%PDF-1.7\n")],
  ["image/png", bytes([0x89], "PNG\r\n", [0x1a], "\n", [0, 0, 0, 13])],
  ["image/jpeg", bytes([0xff, 0xd8, 0xff, 0xe0], "..JFIF")],
  ["image/webp", bytes("RIFF", SIZE, "WEBPVP8 ")],
  ["video/mp4", bytes(SIZE, "ftypisom")],
  ["video/mp4", bytes(SIZE, "ftypmp42")],
  ["video/quicktime", bytes(SIZE, "ftypqt  ")],
  [null, bytes(SIZE, "ftypheic")],
  [null, bytes(SIZE, "ftypavif")],
  [null, bytes("RIFF", SIZE, "WAVE")],
  [null, bytes("<svg onload=alert(1)>")],
  [null, bytes("<!doctype html>")],
  [null, bytes("GIF89a")],
  [null, bytes("MZ")],
  [null, bytes([0x7f], "ELF")],
  [null, bytes("PK", [3, 4])],
  [null, bytes(" %PDF-1.7")],
  [null, bytes([0x89], "PNG")],
  [null, bytes()],
];

test.each(FILES)("%s is what %j begins", (type, head) => {
  expect(mediaTypeOf(head.subarray(0, HEAD_BYTES))).toBe(type);
  for (const declared of Object.keys(LIMITS)) {
    expect(headFault(declared, head) === null).toBe(declared === type);
  }
});

describe("what is declared", () => {
  test.each(Object.entries(LIMITS))("%s may have %d bytes and no more", (type, most) => {
    expect(declaredFault(type, most)).toBeNull();
    expect(declaredFault(`${type.toUpperCase()}; x=y`, 1)).toBeNull();
    expect(declaredFault(type, most + 1)?.status).toBe(413);
    expect(declaredFault(type, null)?.status).toBe(411);
    expect(declaredFault(type, Number.NaN)?.status).toBe(411);
  });

  const OTHERS = [null, "", "text/html", "image/svg+xml", "image/*", "constructor", "__proto__"];
  test.each(OTHERS)("%s is not taken", (type) => {
    expect(declaredFault(type, 1)?.status).toBe(415);
  });
});

describe("a file's name", () => {
  test.each([
    ["Treatment (final).pdf", "Treatment (final).pdf"],
    ["Œuvre – été.pdf", "Œuvre _ été.pdf"],
    ["脚本.pdf", "脚本.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\film.mov", "film.mov"],
    ["..", "file"],
    ["", "file"],
    ["   ", "file"],
    [".htaccess", "htaccess"],
    ["a\r\nSet-Cookie: x=y.pdf", "aSet-Cookie_ x_y.pdf"],
    ['"><script>.pdf', "___script_.pdf"],
    ["evil\u202efdp.exe", "evilfdp.exe"],
    ["nul\u0000.pdf", "_nul.pdf"],
    ["CON", "_CON"],
    ["lpt1.txt", "_lpt1.txt"],
    ["trailing. . ", "trailing"],
    ["$(rm -rf).pdf", "_(rm -rf).pdf"],
  ])("%j becomes %j", (given, expected) => {
    expect(cleanFileName(given)).toBe(expected);
  });

  test("is cut before its ending, between whole characters", () => {
    const clean = cleanFileName(`${"é".repeat(300)}.pdf`);
    expect([...clean]).toHaveLength(100);
    expect(clean.endsWith("é.pdf")).toBe(true);
  });

  test("is clean when it was cleaned", () => {
    for (const given of ["../a b.pdf", "COM1", "x".repeat(500), "a/.b", "…", "🎬.mov", "\ud800.pdf"]) {
      const clean = cleanFileName(given);
      expect(cleanFileName(clean)).toBe(clean);
      expect(clean).toMatch(/^[^\p{C}/\\"'<>:;$`]{1,100}$/u);
    }
  });
});
