import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, indexOf, maxZoom, nameOf, panBy, reveal, sight, ticks, zoomAt } from "../src/sequence/axis";
import { changeLimit, columnsOf, sides, stack, sumsBefore } from "../src/sequence/stacks";

const START = { start: -50, skips: true };

test("a count that begins below zero has no position 0", () => {
  const names = Array.from({ length: 57 }, (_, index) => nameOf(START, index));
  assert.equal(names[0], -50);
  assert.equal(names[49], -1);
  assert.equal(names[50], 1);
  assert.equal(names[56], 7);
  assert.deepEqual(names.map((name) => indexOf(START, name)), names.map((_, index) => index));
  assert.equal(nameOf({ start: -50, skips: false }, 50), 0);
});

test("the whole sequence is in sight at zoom 1, and what is zoomed at stays", () => {
  assert.deepEqual(sight({ x: 40, y: 0, zoom: 1 }, 100), { first: 0, span: 100 });
  const near = zoomAt({ x: 0, y: 0, zoom: 1 }, 100, 0.25, 4);
  const { first, span } = sight(near, 100);
  assert.equal(span, 25);
  assert.ok(Math.abs(first + 0.25 * span - 25) < 1e-9);
  assert.equal(fitted({ x: 0, y: 0, zoom: 1e9 }, 10_000).zoom, maxZoom(10_000));
  assert.equal(sight(panBy(near, 100, 1e6), 100).first, 75);
});

test("a place is brought into sight by the shortest way", () => {
  const view = { x: 0, y: 0, zoom: 10 }; // 450..550 of 1000
  assert.deepEqual(reveal(view, 1000, 460, 470), view);
  assert.equal(sight(reveal(view, 1000, 100, 110), 1000).first, 100);
  assert.equal(sight(reveal(view, 1000, 900, 909), 1000).first, 810);
});

test("ticks are round, in sight and few", () => {
  for (const length of [9, 57, 400, 10_000]) {
    for (const zoom of [1, 2, 7]) {
      const seen = sight({ x: 0, y: 0, zoom }, length);
      const found = ticks(START, seen, length, 12);
      assert.ok(found.length > 0 && found.length <= 14, `${length} ${zoom}: ${found.length}`);
      assert.ok(found.every((index) => index >= seen.first - 0.5 && index <= seen.first + seen.span && index < length));
      assert.ok(found.every((index) => nameOf(START, index) !== 0));
    }
  }
  assert.deepEqual(ticks(START, { first: 0, span: 57 }, 57, 8).map((at) => nameOf(START, at)), [-50, -40, -30, -20, -10]);
});

const HEIGHTS = { values: new Float32Array([2, 0, -1, 0.5, 0, 0, 0, 0, 0, -3, 0, 0]), letters: 4, length: 3 };

test("letters are stacked from the axis, small ones first, on both sides", () => {
  assert.deepEqual(stack(HEIGHTS, 0), [
    { letter: 3, from: 0, to: 0.5 },
    { letter: 2, from: 0, to: -1 },
    { letter: 0, from: 0.5, to: 2.5 },
  ]);
  assert.deepEqual(stack(HEIGHTS, 1), []);
});

test("stretches sum to the relevance of their positions", () => {
  const both = sides(HEIGHTS);
  assert.deepEqual([...both.above], [2.5, 0, 0]);
  assert.deepEqual([...both.below], [1, 0, 3]);
  assert.deepEqual([...sumsBefore(both)], [0, 1.5, 1.5, -1.5]);
});

test("a column of pixels shows the highest position in it, none is lost", () => {
  const side = new Float64Array(1000);
  side[637] = 5;
  const shown = columnsOf(side, 0, 1000, 90);
  assert.equal(Math.max(...shown), 5);
  assert.equal(shown.indexOf(5), Math.floor((637 / 1000) * 90));
  assert.deepEqual([...columnsOf(Float64Array.of(1, 2), 0, 2, 4)], [1, 1, 2, 2]);
});

test("what was not asked does not set the limit", () => {
  assert.equal(changeLimit(new Float32Array([NaN, -2, 1])), 2);
  assert.equal(changeLimit(new Float32Array([NaN])), 0);
});
