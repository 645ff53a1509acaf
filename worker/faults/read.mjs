// A fault as it is given to the build: JSON, checked against kinds.json, with every value filled in.

import { readFileSync } from "node:fs";

const KINDS = JSON.parse(readFileSync(new URL("kinds.json", import.meta.url), "utf8"));
const TEXTS = { path: /^\/[\w/-]{0,100}$/, method: /^(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)$/ };

/** Throws an `Error` whose message is one line. */
export function readFault(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error("the fault is not JSON");
  }
  const names = Object.keys(KINDS).join(", ");
  if (typeof given !== "object" || given === null || !Object.hasOwn(KINDS, given.kind)) {
    throw new Error(`the fault's kind must be one of ${names}`);
  }
  const { kind, ...values } = given;
  const fault = { kind };
  for (const [name, allowed] of Object.entries(KINDS[kind])) {
    const value = Object.hasOwn(values, name) ? values[name] : Array.isArray(allowed) ? allowed[0] : allowed;
    check(name, value, allowed);
    fault[name] = value;
    delete values[name];
  }
  const [unknown] = Object.keys(values);
  if (unknown !== undefined) {
    throw new Error(`a fault of kind ${kind} has no ${unknown}: ${Object.keys(KINDS[kind]).join(", ") || "it takes nothing"}`);
  }
  return fault;
}

function check(name, value, allowed) {
  if (Array.isArray(allowed)) {
    const [, least, most] = allowed;
    if (typeof value !== "number" || value < least || value > most) {
      throw new Error(`the fault's ${name} must be a number, ${least} to ${most}`);
    }
  } else if (typeof value !== "string" || !TEXTS[name].test(value)) {
    throw new Error(`the fault's ${name} must be text like ${TEXTS[name].source}`);
  }
}
