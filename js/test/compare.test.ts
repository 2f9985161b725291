import assert from "node:assert/strict";
import { test } from "node:test";
import { automaticLimit, largest } from "../src/colour";
import { Limits, Together } from "../src/compare/scales";
import * as state from "../src/compare/state";
import { readOptions } from "../src/heatmap/options";
import { Painter } from "../src/heatmap/painter";
import type { Source } from "../src/heatmap/source";
import { LocalStore } from "../src/store";
import { random } from "./random";

function source(scale: number, width = 7, height = 5, channels = 1): Source {
  const next = random(width + Math.round(scale));
  const relevance = Float32Array.from({ length: channels * width * height }, () => scale * (next() - 0.5));
  const picture = new Uint8Array(3 * width * height);
  return { width, height, channels, channelNames: [], picture, relevance };
}

const options = (values: Record<string, unknown> = {}) => readOptions(new LocalStore(values), null);

/** The lower quantile of all |R| together, by sorting. */
function sorted(sources: Source[], q: number): number {
  const all = sources.flatMap(({ relevance }) => [...relevance].map(Math.abs)).sort((a, b) => a - b);
  return all[Math.floor(q * (all.length - 1))];
}

test("maps that share a scale have the limit of all their values", () => {
  const sources = [source(1), source(10), source(3, 11, 9)];
  const painters = sources.map((one) => new Painter(one));
  const limits = new Limits();
  assert.equal(limits.of("shared", painters, options()), sorted(sources, 0.995));
  assert.equal(limits.of("row 0", painters.slice(0, 1), options()), automaticLimit(sources[0].relevance, "99.5%"));
  const most = Math.max(...sources.map(({ relevance }) => largest(relevance)));
  assert.equal(limits.of("shared", painters, options({ limit_rule: "max" })), most);
  assert.equal(limits.of("shared", painters, options({ limit_rule: "fixed", limit: 0.25 })), 0.25);
  assert.equal(limits.of("none", [], options()), 0);
});

test("a limit is computed anew when a map joins or changes, not otherwise", () => {
  const painters = [new Painter(source(1)), new Painter(source(10))];
  const limits = new Limits();
  const alone = limits.of("shared", painters.slice(0, 1), options());
  const both = limits.of("shared", painters, options());
  assert.ok(both > alone);
  const plane = painters[1].relevance("sum");
  plane.fill(0); // the same array: nobody computes again
  assert.equal(limits.of("shared", painters, options()), both);
  assert.ok(limits.of("shared", [painters[0], new Painter(source(0))], options()) < both);
});

test("controls reach as far as the largest of all maps", () => {
  const painters = [1, 10, 3].map((scale) => new Painter(source(scale)));
  const together = new Together(painters[0].source, () => painters);
  assert.equal(together.largest("sum"), painters[1].largest("sum"));
  assert.equal(together.source, painters[0].source);
});

test("cells group by row, by column, alone, or all together", () => {
  const cells = [0, 1, 2, 3].map((at) => ({ row: at >> 1, column: at & 1 }) as state.Words);
  const groups = (scale: state.Scale) => new Set(cells.map((cell) => state.groupOf(scale, cell))).size;
  assert.deepEqual(state.SCALES.map(groups), [1, 2, 2, 4]);
  assert.equal(state.groupOf("row", cells[0]), state.groupOf("row", cells[1]));
  assert.equal(state.groupOf("column", cells[0]), state.groupOf("column", cells[2]));
});

test("a difference is chosen one by one and taken back", () => {
  let choice: state.Choice = { a: null, b: null };
  const steps: [which: "a" | "b", cell: number, a: number | null, b: number | null][] = [
    ["a", 2, 2, null],
    ["b", 2, null, 2], // no cell is subtracted from itself
    ["a", 0, 0, 2],
    ["a", 1, 1, 2],
    ["b", 2, 1, null],
  ];
  for (const [which, cell, a, b] of steps) {
    choice = state.choose(choice, which, cell);
    assert.deepEqual(choice, { a, b });
  }
});

test("a difference is taken value by value in float32", () => {
  const [a, b] = [source(1, 4, 3, 3), source(10, 4, 3, 3)];
  const gap = state.subtract(a, b);
  assert.ok(gap);
  gap.relevance.forEach((value, i) => assert.equal(value, Math.fround(a.relevance[i] - b.relevance[i])));
  assert.equal(gap.picture, a.picture);
  assert.equal(state.subtract(a, source(1, 3, 4, 3)), null);
  assert.equal(state.subtract(a, source(1, 4, 3, 1)), null);
});

test("a region has both corners in it, whichever comes first", () => {
  assert.deepEqual(state.between([5, 1], [2, 8]), [2, 1, 6, 9]);
  assert.deepEqual(state.between([2, 8], [5, 1]), [2, 1, 6, 9]);
  assert.deepEqual(state.between([3, 3], [3, 3]), [3, 3, 4, 4]);
});

test("a region sums what lies in it, and what sticks out counts for nothing", () => {
  const plane = Float32Array.from({ length: 12 }, (_, i) => i); // 3 rows of 4
  assert.equal(state.sumOver(plane, 4, [1, 1, 3, 3]), 5 + 6 + 9 + 10);
  assert.equal(state.sumOver(plane, 4, [2, 2, 9, 9]), 10 + 11);
  assert.equal(state.sumOver(plane, 4, [7, 7, 9, 9]), 0);
  assert.equal(state.sumOf(plane), 66);
});

test("state that anybody may have set is read or ignored", () => {
  const read = (region: unknown) => state.readRegion(new LocalStore({ region }));
  assert.deepEqual(read([1, 2, 3, 4]), [1, 2, 3, 4]);
  for (const bad of [null, [1, 2, 3], [1, 2, 1, 4], [-1, 0, 2, 2], [0, 0, 1.5, 2], "1234"]) assert.equal(read(bad), null);
  const pair = (difference: unknown) => state.readPair(new LocalStore({ difference }), 3);
  assert.deepEqual(pair([2, 0]), [2, 0]);
  for (const bad of [null, [1], [1, 1], [0, 3], "01"]) assert.equal(pair(bad), null);
  assert.equal(state.readScale(new LocalStore({ scale: "rows" })), "shared");
  assert.deepEqual(state.readCells(new LocalStore({ _cells: "x" })), []);
  const [cell] = state.readCells(new LocalStore({ _cells: [{ name: 3, row: -1, lines: ["a", ""], shape: "no" }] }));
  assert.deepEqual([cell.name, cell.row, cell.lines, cell.shape], ["3", 0, ["a"], null]);
});

test("a cell reads its own arrays, and an input that it shares", () => {
  const store = new LocalStore({ _map_4: new Uint8Array(16), _picture_1: new Uint8Array(12) });
  const words = { input: 1, shape: [1, 2, 2], channels: [] as string[] } as unknown as state.Words;
  assert.equal(state.sourceOf(store, 4, words)?.width, 2);
  assert.equal(state.sourceOf(store, 3, words), null);
  assert.equal(state.sourceOf(store, 4, { ...words, shape: null }), null);
  assert.throws(() => state.sourceOf(store, 4, { ...words, shape: [1, 2, 3] }), /do not fit the shape/);
});

test("the next cell is in the same row or column, and none is beyond the edge", () => {
  const next = (at: number, rows: number, columns: number) => state.neighbour(at, rows, columns, 3, 6);
  assert.deepEqual([next(0, 0, 1), next(2, 0, 1), next(3, 0, -1), next(1, 1, 0), next(4, -1, 0), next(5, 1, 0)], [1, 2, 3, 4, 1, 5]);
});

test("cells take the room there is, and wrap where there is none", () => {
  assert.deepEqual(state.arrange(1000, 3, 16, 168, 420), { beside: 3, width: 322 });
  assert.deepEqual(state.arrange(560, 4, 16, 168, 420), { beside: 3, width: 176 });
  assert.deepEqual(state.arrange(100, 4, 16, 168, 420), { beside: 1, width: 100 });
  assert.deepEqual(state.arrange(3000, 2, 16, 168, 420), { beside: 2, width: 420 });
});
