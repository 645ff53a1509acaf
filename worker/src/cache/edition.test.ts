import { expect, test } from "vitest";
import { RECORDERS } from "../recording";
import { anotherEdition } from "./edition";

type Around = Parameters<typeof anotherEdition>[0];

/** Recorders that hear what they are told, but for one that fails and one that never answers. */
function around(puts: string[], heard: Map<string, unknown>): Around {
  const change = (name: string) => async (flags: unknown) => {
    if (name === RECORDERS[1]) throw new Error("down");
    if (name === RECORDERS[2]) return new Promise(() => {});
    heard.set(name, flags);
    return true;
  };
  return {
    FLAGS: { put: async (_: string, value: string) => void puts.push(value) },
    RECORDER: { getByName: (name: string) => ({ change: change(name) }) },
  } as unknown as Around;
}

test("an edition is told to KV and to every recorder that hears, once for all changes before it", async () => {
  const [puts, heard] = [[] as string[], new Map<string, unknown>()];
  const env = around(puts, heard);
  const change = Date.now();
  await anotherEdition(env, change);
  const [edition] = puts;
  expect(edition).toMatch(/^[\w-]{36}$/);
  expect(heard).toEqual(
    new Map([RECORDERS[0], RECORDERS[3]].map((name) => [name, { "cache-edition": edition }])),
  );
  await anotherEdition(env, change);
  expect(puts).toHaveLength(1);
  await new Promise((done) => setTimeout(done, 5));
  await anotherEdition(env, Date.now());
  expect(puts).toHaveLength(2);
});
