import { expect, test } from "vitest";
import { draws } from "../../test/draws";
import { Places } from "./places";

test("there are never more than may be, and whoever waits gets the next one in turn", async () => {
  const places = new Places(2, 10, () => 0);
  const [one, two] = await Promise.all([places.take(1000, 1000), places.take(1000, 1000)]);
  const order: number[] = [];
  const later = [1, 2].map((number) => places.take(1000, 1000).then((place) => (order.push(number), place)));
  await Promise.resolve();
  expect([places.taken, places.waiting, order]).toEqual([2, 2, []]);
  one?.leave();
  one?.leave();
  await later[0];
  expect([places.taken, places.waiting, order]).toEqual([2, 1, [1]]);
  two?.leave();
  await later[1];
  expect(order).toEqual([1, 2]);
});

test("nobody waits where the queue is full, or longer than allowed", async () => {
  const places = new Places(1, 1, () => 0);
  await places.take(1000, 1000);
  const waiting = places.take(1000, 20);
  expect(await places.take(1000, 1000)).toBeNull();
  expect(await waiting).toBeNull();
  expect(places.waiting).toBe(0);
});

test("a place comes back from whoever was cut off with it", async () => {
  let now = 0;
  const places = new Places(1, 1, () => now);
  const lost = await places.take(1000, 1000);
  now = 1000;
  expect(await places.take(1000, 1000)).not.toBeNull();
  lost?.leave();
  expect(places.taken).toBe(1);
});

test("whatever happens, the limit holds and no place is lost", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const draw = draws(seed);
    let now = 0;
    const places = new Places(3, 5, () => now);
    const held: { leave(): void }[] = [];
    for (let step = 0; step < 100; step++) {
      now += draw.below(50);
      if (draw.chance(0.5)) void places.take(200, 200).then((place) => place && held.push(place));
      else held.splice(draw.below(held.length + 1), 1)[0]?.leave();
      await Promise.resolve();
      expect(places.taken).toBeLessThanOrEqual(3);
      expect(places.waiting).toBeLessThanOrEqual(5);
    }
    now += 1000;
    expect(await places.take(100, 100)).not.toBeNull();
    expect(places.taken).toBe(1);
  }
});
