import { describe, expect, test } from "vitest";
import { draws } from "../../test/draws";
import { BEHIND_MS, Changes, READ_AGAIN_MS } from "./changes";

/** The list as Redis has it, which drops what is old. */
class List {
  entries: [id: string, fields: [string, string]][] = [];
  #at = 1_000;

  add(tags: readonly string[]): string {
    const id = `${this.#at++}-0`;
    this.entries.push([id, ["tags", JSON.stringify(tags)]]);
    return id;
  }

  reply([name, , from, , , count]: readonly (string | number)[]): unknown {
    if (name === "XREVRANGE") return this.entries.slice(-1);
    const after = this.entries.filter(([id]) => Number.parseInt(id, 10) >= Number.parseInt(String(from), 10));
    return after.slice(0, Number(count));
  }
}

function read(changes: Changes, list: List, now: number): void {
  const ask = () => changes.hear([list.reply(changes.ask(now)[0] ?? [])], now);
  if (ask() !== "empty") return;
  list.add([]);
  expect(ask()).toBe("known");
}

const isRight = (changes: Changes, place: string | null, tags: readonly string[], made: number, now: number): boolean =>
  changes.isKnown(now) && changes.reaches(place) && !changes.isOutdated(place, tags, made);

test("nothing is taken for right that had changed when the list was read, whatever was dropped of it", () => {
  let [right, wrong] = [0, 0];
  for (let seed = 1; seed <= 400; seed++) {
    const draw = draws(seed);
    const [list, changes] = [new List(), new Changes()];
    const tags = ["a", "b", "c", "d"];
    const answers: { place: string | null; tag: string; made: number; outdated: boolean }[] = [];
    let now = 0;
    for (let step = 0; step < 120; step++) {
      now += draw.below(400);
      const deed = draw.below(10);
      if (deed < 3) answers.push({ place: changes.place, tag: draw.pick(tags), made: now, outdated: false });
      else if (deed < 5) {
        const tag = draw.pick(tags);
        for (const answer of answers) if (answer.tag === tag) answer.outdated = true;
        const id = list.add([tag]);
        // Of our own, and told of at once, or somebody else's.
        if (draw.chance(0.3)) {
          changes.own([tag], now);
          changes.note(id, [tag]);
        }
      } else if (deed < 6 && draw.chance(0.2)) list.entries = list.entries.slice(draw.below(list.entries.length + 1));
      else if (deed < 9) {
        read(changes, list, now);
        for (const { place, tag, made, outdated } of answers) {
          const taken = isRight(changes, place, [tag], made, now);
          if (taken) right++;
          if (outdated && taken) wrong++;
        }
      }
    }
  }
  expect(wrong).toBe(0);
  expect(right).toBeGreaterThan(1000);
});

describe("changes", () => {
  test("are known for two seconds, and asked for once in one", () => {
    const [list, changes] = [new List(), new Changes()];
    list.add(["a"]);
    expect([changes.isDue(0), changes.isKnown(0), changes.place]).toEqual([true, false, null]);
    read(changes, list, 0);
    expect([changes.isDue(READ_AGAIN_MS - 1), changes.isDue(READ_AGAIN_MS)]).toEqual([false, true]);
    expect([changes.isKnown(BEHIND_MS - 1), changes.isKnown(BEHIND_MS)]).toEqual([true, false]);
    expect(changes.place).toBe("1000-0");
  });

  test("of ours do not hide what others changed before them", () => {
    const [list, changes] = [new List(), new Changes()];
    list.add(["x"]);
    read(changes, list, 0);
    const place = changes.place;
    list.add(["theirs"]);
    changes.note(list.add(["ours"]), ["ours"]);
    read(changes, list, 1000);
    expect(isRight(changes, place, ["theirs"], 1, 1000)).toBe(false);
    expect(isRight(changes, place, ["other"], 1, 1000)).toBe(true);
  });

  test("of ours do not hold against what is made after them, though nobody reads the list on", () => {
    const [list, changes] = [new List(), new Changes()];
    list.add(["x"]);
    read(changes, list, 0);
    const before = changes.place;
    changes.own(["ours"], 5);
    changes.note(list.add(["ours"]), ["ours"]);
    expect(changes.isOutdated(before, ["ours"], 4)).toBe(true);
    expect(changes.isOutdated(changes.place, ["ours"], 6)).toBe(false);
    const between = changes.place;
    changes.own(["ours"], 7);
    changes.note(list.add(["ours"]), ["ours"]);
    expect(changes.isOutdated(between, ["ours"], 6)).toBe(true);
  });

  test("of ours that Redis has lost with its list hide nothing of the next one", () => {
    const [list, changes] = [new List(), new Changes()];
    list.add(["x"]);
    read(changes, list, 0);
    changes.note("9000-0", ["ours"]);
    expect(changes.place).toBe("9000-0");
    list.entries = [];
    read(changes, list, 1000);
    const place = changes.place;
    list.add(["theirs"]);
    read(changes, list, 2000);
    expect(isRight(changes, place, ["theirs"], 1500, 2000)).toBe(false);
  });

  test.each([null, "x", [["rubbish"]], [["1-0", ["tags", "{"]]], [["1-0", ["tags", '[1]']]], { a: 1 }])(
    "that are told as %j are not known",
    (reply) => {
      const changes = new Changes();
      changes.ask(0);
      expect(changes.hear([reply], 0)).toBe("rubbish");
      expect(changes.isKnown(0)).toBe(false);
    },
  );
});
