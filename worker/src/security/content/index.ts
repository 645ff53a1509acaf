/** Uploads are what their first bytes say, not what their sender calls them; and no larger than they may be. */

const MEGABYTE = 1024 * 1024;

/** Media type → the most bytes that a file of it may have. */
export const LIMITS = {
  "application/pdf": 25 * MEGABYTE,
  "image/jpeg": 10 * MEGABYTE,
  "image/png": 10 * MEGABYTE,
  "image/webp": 10 * MEGABYTE,
  // What Cloudflare lets through to a Worker on the smaller plans.
  "video/mp4": 100 * MEGABYTE,
  "video/quicktime": 100 * MEGABYTE,
} as const satisfies Record<string, number>;

export type MediaType = keyof typeof LIMITS;

/** As many first bytes as `mediaTypeOf` needs. */
export const HEAD_BYTES = 16;

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d];
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];
const QUICKTIME = "qt  ";
// Brands of an MP4 that cameras and encoders write; of others (HEIC, AVIF, …) we take none.
const MP4 = /^(isom|iso[2-9]|mp4[12]|avc1|dash|MSNV|M4V[ HP]|f4v |mmp4|3gp[4-7])$/;

/** The type that a file's first bytes show; null for one that is not taken. */
export function mediaTypeOf(head: Uint8Array): MediaType | null {
  if (begins(head, PDF)) return "application/pdf";
  if (begins(head, PNG)) return "image/png";
  if (begins(head, JPEG)) return "image/jpeg";
  if (ascii(head, 0, 4) === "RIFF" && ascii(head, 8, 12) === "WEBP") return "image/webp";
  if (ascii(head, 4, 8) === "ftyp") {
    const brand = ascii(head, 8, 12);
    if (brand === QUICKTIME) return "video/quicktime";
    if (MP4.test(brand)) return "video/mp4";
  }
  return null;
}

export interface ContentFault {
  readonly status: 411 | 413 | 415;
  readonly detail: string;
}

/** What speaks against a file before its bytes are read: `declared` is its Content-Type, `size` its Content-Length. */
export function declaredFault(declared: string | null, size: number | null): ContentFault | null {
  const type = bare(declared);
  if (!isTaken(type)) return { status: 415, detail: `use one of ${Object.keys(LIMITS).join(", ")}` };
  if (size === null || !Number.isSafeInteger(size)) return { status: 411, detail: "say how long the file is" };
  const most = LIMITS[type];
  if (size > most) return { status: 413, detail: `a file of type ${type} has at most ${most / MEGABYTE} MB` };
  return null;
}

/** What its first bytes speak against what was declared. */
export function headFault(declared: string | null, head: Uint8Array): ContentFault | null {
  if (mediaTypeOf(head) === bare(declared)) return null;
  return { status: 415, detail: `the file is not what its type says: ${bare(declared)}` };
}

const LONGEST_NAME = 100;
const UNNAMED = "file";
// Names that Windows keeps for devices, with any ending.
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** A file's name as it may be stored and offered: its last part, without what a path, header, page or shell would mind.
 * Never empty, never hidden, at most 100 characters, its ending kept. */
export function cleanFileName(name: string): string {
  const last = name.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, "")
    .replace(/[^\p{L}\p{M}\p{N} ._()-]/gu, "_")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+|[. ]+$/g, "");
  const safe = DEVICE.test(plain) ? `_${plain}` : plain;
  return shortened(safe) || UNNAMED;
}

function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= LONGEST_NAME) return name;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? "";
  const kept = characters.slice(0, LONGEST_NAME - ending.length).join("");
  return `${kept.replace(/[. ]+$/, "")}${ending}`;
}

function isTaken(type: string): type is MediaType {
  return Object.hasOwn(LIMITS, type);
}

function bare(declared: string | null): string {
  return (declared ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}

function ascii(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to));
}
