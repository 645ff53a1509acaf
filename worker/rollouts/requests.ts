/** Bodies and queries as they come in. Each reader returns the value, or throws `RefusedError` with what is wrong. */

import { LEAST_SECONDS, MOST_SECONDS } from "./lease";
import type { Flags } from "./flags";
import type { Armed } from "./switch";
import type { Entry } from "./tables";

export class RefusedError extends Error {
  readonly status: number;

  constructor(detail: string, status = 400) {
    super(detail);
    this.status = status;
  }
}

const MAX_ENTRY_BYTES = 64 * 1024;
const MAX_ENTRIES = 200;
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const MAX_FLAGS = 32;
const MAX_FLAG_LENGTH = 2000;
const FLAG = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const KIND = /^[a-z-]{1,32}$/;
const ID = /^[\x21-\x7e]{1,128}$/;
const SCRIPT = /^[a-z0-9_-]{1,255}$/i;
const VERSION = /^[a-z0-9-]{1,64}$/i;

type Body = Readonly<Record<string, unknown>>;

export async function readBody(request: Request): Promise<Body> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const text = await request.text();
  if (text.length > MAX_BODY_BYTES) throw tooLarge();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RefusedError("the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RefusedError("the body is not a JSON object");
  }
  return value as Body;
}

function tooLarge(): RefusedError {
  return new RefusedError(`a body has at most ${MAX_BODY_BYTES} bytes`, 413);
}

export function readWhole(value: unknown, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new RefusedError(`${name} must be a whole number, ${least} to ${most}`);
  }
  return value;
}

/** A number in the address; `without` when it is left out. */
export function readQuery<T>(url: URL, name: string, without: T, least: number, most: number): number | T {
  const text = url.searchParams.get(name);
  if (text === null) return without;
  return readWhole(/^\d{1,15}$/.test(text) ? Number(text) : null, name, least, most);
}

export function readKinds(url: URL): string[] {
  const kinds = url.searchParams.get("kinds");
  if (!kinds) return [];
  return kinds.split(",").map((kind) => readText(kind, "kinds", KIND));
}

export function readSeconds(body: Body): number {
  return readWhole(body.seconds, "seconds", LEAST_SECONDS, MOST_SECONDS);
}

export function readFence(body: Body): number {
  return readWhole(body.fence, "fence");
}

export function readHolder(body: Body): string {
  const { holder } = body;
  if (typeof holder !== "string" || !/^[^\p{Cc}]{1,200}$/u.test(holder)) {
    throw new RefusedError("holder must be a name of 1 to 200 characters");
  }
  return holder;
}

export function readFlags(body: Body): Flags {
  const { flags } = body;
  if (typeof flags !== "object" || flags === null || Array.isArray(flags)) {
    throw new RefusedError("flags must be an object");
  }
  const given = Object.entries(flags as Body);
  if (given.length === 0 || given.length > MAX_FLAGS) {
    throw new RefusedError(`flags must have 1 to ${MAX_FLAGS} names`);
  }
  return Object.fromEntries(
    given.map(([name, value]) => {
      readText(name, "a name of flags", FLAG);
      if (value !== null && (typeof value !== "string" || value.length > MAX_FLAG_LENGTH)) {
        throw new RefusedError(`flags.${name} must be null or a text of at most ${MAX_FLAG_LENGTH} characters`);
      }
      return [name, value];
    }),
  );
}

export function readEntries(body: Body): Entry[] {
  const { entries } = body;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw new RefusedError(`entries must be a list of 1 to ${MAX_ENTRIES}`);
  }
  return (entries as unknown[]).map((entry, index) => readEntry(entry, `entries[${index}].`));
}

export function readEntry(value: unknown, at = ""): Entry {
  const { kind, rollout, body } = (typeof value === "object" && value !== null ? value : {}) as Body;
  const entry = {
    kind: readText(kind, `${at}kind`, KIND),
    rollout: readText(rollout, `${at}rollout`, ID),
    body: JSON.stringify(body ?? null),
  };
  if (new TextEncoder().encode(entry.body).length > MAX_ENTRY_BYTES) {
    throw new RefusedError(`${at}body has more than ${MAX_ENTRY_BYTES} bytes`, 413);
  }
  return entry;
}

export function readArmed(body: Body): Armed {
  return {
    account: readText(body.account, "account", VERSION),
    script: readText(body.script, "script", SCRIPT),
    stable: readText(body.stable, "stable", VERSION),
    candidate: readText(body.candidate, "candidate", VERSION),
    rollout: readText(body.rollout, "rollout", ID),
  };
}

function readText(value: unknown, name: string, pattern: RegExp): string {
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new RefusedError(`${name} must be text like ${pattern.source}`);
  }
  return value;
}
