import assert from "node:assert/strict";
import { test } from "node:test";
import * as choice from "../src/filters/choice";
import { describe, summary } from "../src/filters/layers";
import { SmallMaps } from "../src/filters/smallmaps";
import { parts } from "../src/filters/sums";
import { Wire } from "../src/filters/wire";
import { percent } from "../src/format";
import { LocalStore } from "../src/store";
import { random } from "./random";

test("a filter from anywhere is read, and what is no unit is left out", () => {
  const odd = { a: [1, "2", [3, [4, 5]], [3], [3, "x"], null], b: [], c: "text", d: null };
  assert.deepEqual(choice.readThrough(odd), { a: [1, [3, [4, 5]]] });
  for (const nothing of [null, undefined, 3, "text"]) assert.deepEqual(choice.readThrough(nothing), {});
});

test("channels are kept and dropped, and an empty layer is left out", () => {
  const some = choice.setChannels({ a: [1], b: [7] }, "a", [3, 4, 3], true);
  assert.deepEqual(some, { a: [1, 3, 4], b: [7] });
  assert.deepEqual(choice.setChannels(some, "a", [1, 3, 9], false), { b: [7], a: [4] });
  assert.deepEqual(choice.setChannels(some, "a", [1, 3, 4], false), { b: [7] });
  assert.deepEqual(choice.setChannels({ a: [[2, [0, 0]], 5] }, "a", [2], true), { a: [5, 2] });
  assert.deepEqual(choice.invert({ a: [1, [2, [0, 1]]] }, "a", 5), { a: [0, 3, 4] });
  assert.deepEqual(choice.invert({ a: [0, 1], b: [2] }, "a", 2), { b: [2] });
});

test("a position of a channel is kept alone, and dropped by the next click", () => {
  const one = choice.togglePosition({ a: [2, 4] }, "a", 2, [1, 3]);
  assert.deepEqual(one, { a: [4, [2, [1, 3]]] });
  assert.deepEqual(choice.keptPositions(one, "a", 2), [[1, 3]]);
  assert.deepEqual([...choice.keptWhole(one, "a")], [4]);
  const two = choice.togglePosition(one, "a", 2, [0, 0]);
  assert.deepEqual(choice.togglePosition(two, "a", 2, [1, 3]), { a: [4, [2, [0, 0]]] });
  assert.deepEqual(choice.togglePosition({ a: [[2, [0]]] }, "a", 2, [0]), {});
});

test("units are ranked by |R|, equal ones by number", () => {
  assert.deepEqual(choice.rank(Float32Array.of(0.1, -3, 2, 0, 3, 0.1)), [1, 4, 2, 0, 5, 3]);
});

test("of thousands of units only those in sight have a cell", () => {
  const grid = choice.arrange(500, 4096, 72, 94);
  assert.deepEqual([grid.columns, grid.rows], [6, 683]);
  const next = random(3);
  for (let i = 0; i < 200; i++) {
    const top = next() * grid.rows * grid.height;
    const [first, last] = choice.inSight(grid, 4096, top, 292);
    assert.ok(last - first <= 6 * 5);
    for (let place = 0; place < 4096; place += 7) {
      const y = Math.floor(place / 6) * 94;
      const visible = y + 94 > top && y < top + 292;
      if (visible) assert.ok(place >= first && place < last, `${place} of [${first}, ${last}) at ${top}`);
    }
  }
});

test("a sweep misses no cell on its line, however fast the hand", () => {
  const grid = choice.arrange(720, 100, 72, 94);
  assert.equal(choice.placeAt(grid, 100, 71.9, 93), 0);
  assert.equal(choice.placeAt(grid, 100, 72, 94), 11);
  for (const [x, y] of [[-1, 5], [721, 5], [5, -1], [5, 941]]) assert.equal(choice.placeAt(grid, 100, x, y), null);
  assert.deepEqual(choice.placesBetween(grid, 100, [10, 10], [700, 10]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(choice.placesBetween(grid, 100, [10, 10], [10, 290]), [0, 10, 20, 30]);
  assert.deepEqual(choice.placesBetween(grid, 100, [10, 10], [10, 10]), [0]);
});

test("keys move within the list and end at its ends", () => {
  const at = (key: string, place: number): number | null => choice.moved(key, place, 20, 6, 3);
  assert.deepEqual([at("ArrowRight", 3), at("ArrowDown", 3), at("ArrowUp", 3), at("PageDown", 1)], [4, 9, 0, 19]);
  assert.deepEqual([at("Home", 9), at("End", 9), at("ArrowRight", 19), at("x", 3), at("toString", 3)], [0, 19, 19, null, null]);
});

test("a message with maps may overtake its question, and is no map of another one", () => {
  const maps = new SmallMaps();
  const bytes = new DataView(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
  assert.ok(maps.hear({ kind: "maps", serial: 2, units: [7, 4] }, [bytes]));
  assert.deepEqual([...(maps.get(2, 4) ?? [])], [4, 5, 6]);
  assert.equal(maps.get(1, 4), null);
  maps.keep(2);
  assert.ok(maps.get(2, 7));
  maps.keep(3);
  assert.equal(maps.get(2, 7), null);
  for (const other of [null, { kind: "stop" }, { kind: "maps", serial: 1, units: [] }]) assert.ok(!maps.hear(other, [bytes]));
  assert.ok(!maps.hear({ kind: "maps", serial: 3, units: [1, 2, 3, 4] }, [bytes]));
});

test("sums name what is missing only where it is more than rounding", () => {
  const sums = { whole: 10, passed: 4, held: 5, round: 1, absorbed: 1e-7, score: 10, target: "a", decomposes: true };
  assert.deepEqual(parts(sums, false).map(({ kind }) => kind), ["passed", "held", "round"]);
  assert.deepEqual(parts({ ...sums, held: 4, absorbed: 1 }, false).map(({ amount }) => amount), [4, 4, 1, 1]);
  assert.deepEqual(parts({ ...sums, absorbed: null }, true).map(({ words }) => words), ["passes", "the rest", "goes round the layers"]);
});

test("shares need a whole that is not zero and a method that decomposes", () => {
  const wire = (sums: object): Wire => new Wire(new LocalStore({ _sums: sums }));
  assert.equal(wire({ whole: 8, decomposes: true }).share(2), 0.25);
  assert.equal(wire({ whole: 0, decomposes: true }).share(2), null);
  assert.equal(wire({ whole: 8, decomposes: false }).share(2), null);
  assert.deepEqual(new Wire(new LocalStore({ _shape: [64, 5, 7] })).positions, { axes: 2, rows: 5, columns: 7 });
  assert.deepEqual(new Wire(new LocalStore({ _shape: [64] })).positions, { axes: 0, rows: 1, columns: 1 });
});

test("layers, chips and percentages in few words", () => {
  assert.equal(describe({ path: "a.b", kind: "Conv2d", shape: [8, 5, 5], share: 0.5 }), "\u2003a.b  Conv2d 8\u00d75\u00d75  50.0 %");
  assert.equal(summary([3, [4, [1, 2]]]), "3; 4 at 1,2");
  assert.equal(summary([1, 2, 3, 4]), "4 units");
  assert.deepEqual([0, 1, 0.0854, -0.25, 0.00001, -0.00001, 1.5].map(percent), ["0.00 %", "100 %", "8.54 %", "-25.0 %", "<0.01 %", ">-0.01 %", "150 %"]);
});
