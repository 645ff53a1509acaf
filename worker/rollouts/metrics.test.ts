import { expect, test } from "vitest";
import { RECORDERS } from "../src/recording";
import { noCounts } from "../src/recording/counts";
import { readMetrics, type Slice } from "./metrics";

/** A recorder whose seconds are complete through `through`, with one request in each second. */
function recorder(through: number, lastSeen: number) {
  return {
    progress: async () => ({ through, lastSeen: { "v-1": lastSeen }, dropped: 1 }),
    read: async (after: number, until: number, every: number): Promise<Slice[]> => {
      expect(until).toBeLessThanOrEqual(through);
      const versions = { "v-1": { ...noCounts(), requests: until - after } };
      return until > after ? [{ start: Math.floor(until / every) * every, end: until + 1, versions }] : [];
    },
  };
}

const binding = (throughs: readonly number[]) => {
  const recorders = throughs.map((through, index) => recorder(through, 100 + index));
  return { getByName: (name: string) => recorders[RECORDERS.indexOf(name)] } as never;
};

test("only seconds that every recorder has completed are told", async () => {
  const read = await readMetrics(binding([104, 102, 105, 103]), 100, null);
  expect(read.through).toBe(102);
  expect(read.versions["v-1"]?.requests).toBe(8);
  expect(read.lastSeen).toEqual({ "v-1": 103 });
  expect(read.dropped).toBe(4);
  expect(read).not.toHaveProperty("slices");
});

test("slices of the same seconds are one", async () => {
  const read = await readMetrics(binding([104, 104, 104, 104]), 100, 5);
  expect(read.slices).toMatchObject([{ start: 100, end: 105, versions: { "v-1": { requests: 16 } } }]);
});
