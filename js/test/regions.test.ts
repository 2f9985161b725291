import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../src/regions/board";
import { afterStroke, moved, recoloured, renamed, without } from "../src/regions/drawing";
import { type Drawing, History } from "../src/regions/history";
import { Pieces } from "../src/regions/pieces";
import { byLabel, count, holds, intersect, NONE, type Runs, subtract, union } from "../src/regions/runs";
import { type Point, rasterise, readRegions, type Shape, stroke } from "../src/regions/shapes";
import { BoxStroke, BrushStroke, LassoStroke, PickStroke, PolygonStroke } from "../src/regions/strokes";
import { Sums } from "../src/regions/sums";
import { LocalStore } from "../src/store";
import { random } from "./random";
import cases from "./regions.json";

const [HEIGHT, WIDTH] = cases.plane;
const SIZE = { width: WIDTH, height: HEIGHT };

function pixels(runs: Runs, size = SIZE): Uint8Array {
  const out = new Uint8Array(size.width * size.height);
  for (let i = 0; i < runs.length; i += 2) out.fill(1, runs[i], runs[i + 1]);
  return out;
}

function fromPixels(mask: ArrayLike<number | boolean>, width: number): Runs {
  return byLabel(Int32Array.from(mask, Number), width).get(1) ?? NONE;
}

test("every shape holds the pixels that Python says", () => {
  assert.ok(cases.shapes.length > 50);
  for (const { shape, runs } of cases.shapes) {
    assert.deepEqual([...rasterise(shape as Shape, SIZE)], runs, JSON.stringify(shape));
  }
});

test("sums are those of lw.measure.pool", () => {
  const { relevance, shape, regions, expected } = cases.sums;
  const [channels, height, width] = shape;
  const source = {
    ...{ channels, height, width, channelNames: ["0", "1"], picture: new Uint8Array(0) },
    relevance: Float32Array.from(relevance),
  };
  const runs = regions.map((region) => rasterise(region as Shape, source));
  for (const [channel, wanted] of Object.entries(expected)) {
    const sums = new Sums(source, channel);
    assert.ok(sums.of(source, channel) && !sums.of(source, "2"));
    const found = sums.shares(runs);
    for (const key of ["positive", "negative", "net"] as const) {
      [...found.regions, found.context].forEach((share, i) => close(share[key], wanted[key][i]));
    }
    close(found.total.net, wanted.total);
    assert.equal(found.overlap, wanted.overlap);
  }
});

function close(a: number, b: number): void {
  assert.ok(Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b)), `${a} ${b}`);
}

test("shares add up to the total, whatever is drawn", () => {
  const next = random(7);
  for (let trial = 0; trial < 30; trial++) {
    const relevance = Float32Array.from({ length: 3 * WIDTH * HEIGHT }, () => next() - 0.3);
    const sums = new Sums({ ...SIZE, channels: 3, channelNames: [], picture: new Uint8Array(0), relevance }, "sum");
    const regions = Array.from({ length: trial % 5 }, () => {
      const corner = (): [number, number] => [HEIGHT * next(), WIDTH * next()];
      return rasterise({ kind: "polygon", corners: [corner(), corner(), corner()] }, SIZE);
    });
    const { regions: each, context, surplus, total, overlap } = sums.shares(regions);
    const rows = [...each, context, ...(surplus ? [surplus] : [])];
    for (const key of ["positive", "negative", "net", "size"] as const) {
      close(rows.reduce((sum, row) => sum + row[key], 0), total[key]);
    }
    assert.equal(surplus !== null, overlap > 0);
    const stack = new Uint8Array(WIDTH * HEIGHT);
    for (const region of regions) pixels(region).forEach((one, i) => (stack[i] += one));
    assert.equal(overlap, stack.filter((times) => times > 1).length);
    let outside = 0;
    relevance.forEach((value, i) => (outside += stack[i % stack.length] ? 0 : value));
    close(context.net, outside);
  }
});

test("sets of runs are sets of pixels", () => {
  const next = random(1);
  for (let trial = 0; trial < 200; trial++) {
    const [a, b] = [0, 1].map(() => Uint8Array.from({ length: WIDTH * HEIGHT }, () => Number(next() < 0.1 * (trial % 11))));
    const [runsA, runsB] = [a, b].map((mask) => fromPixels(mask, WIDTH));
    assert.deepEqual(pixels(runsA), a);
    for (const [operation, wanted] of [
      [union, (i: number) => a[i] | b[i]],
      [subtract, (i: number) => a[i] & ~b[i]],
      [intersect, (i: number) => a[i] & b[i]],
    ] as const) {
      const found = operation(runsA, runsB, WIDTH);
      assert.deepEqual([...found], [...fromPixels(Uint8Array.from(a, (_, i) => wanted(i)), WIDTH)], operation.name);
    }
    assert.equal(count(runsA), a.reduce((sum, one) => sum + one, 0));
    for (let i = 0; i < a.length; i += 13) assert.equal(holds(runsA, i), a[i] === 1);
  }
});

test("a stroke holds what lies within its radius, and what is under its ends", () => {
  const next = random(2);
  for (let trial = 0; trial < 200; trial++) {
    const point = (): Point => [HEIGHT * next(), WIDTH * next()];
    const [a, b, radius] = [point(), trial % 5 ? point() : null, 0.2 + 6 * next()];
    const end = b ?? a;
    const found = pixels(stroke(a, end, radius, SIZE));
    for (let i = 0; i < found.length; i++) {
      const [row, column] = [Math.floor(i / WIDTH), i % WIDTH];
      const under = [a, end].some(([y, x]) => Math.floor(y) === row && Math.floor(x) === column);
      assert.equal(found[i] === 1, under || distance([row + 0.5, column + 0.5], a, end) <= radius, `${trial} ${i}`);
    }
  }
});

/** From a point to a line, by the shortest of many points on it and the perpendicular. */
function distance([y, x]: Point, [ay, ax]: Point, [by, bx]: Point): number {
  const ends = Math.min(Math.hypot(y - ay, x - ax), Math.hypot(y - by, x - bx));
  const length = Math.hypot(by - ay, bx - ax);
  if (length === 0) return ends;
  const along = ((y - ay) * (by - ay) + (x - ax) * (bx - ax)) / length;
  return along < 0 || along > length ? ends : Math.abs((y - ay) * (bx - ax) - (x - ax) * (by - ay)) / length;
}

test("strangers' regions are read or left out", () => {
  const box = { kind: "box", top: 0, left: 0, bottom: 2, right: 3 };
  const good = { name: "<img src=x onerror=alert(1)>", colour: "#00A37a", shape: box };
  const odd = [
    null,
    { ...good, name: 3 },
    { ...good },
    { ...good, name: "a", shape: { ...box, right: WIDTH + 1 } },
    { ...good, name: "b", shape: { ...box, top: 0.5 } },
    { ...good, name: "c", shape: { kind: "polygon", corners: [[0, 0], [1, 1], [Number.NaN, 2]] } },
    { ...good, name: "d", shape: { kind: "runs", runs: [4, 2] } },
    { ...good, name: "e", shape: { kind: "runs", runs: [0, WIDTH * HEIGHT + 1] } },
    { ...good, name: "f", shape: { kind: "__proto__" } },
    { ...good, name: "g", colour: "red;background:url(x)", shape: { kind: "runs", runs: [0, 2 * WIDTH] } },
  ];
  const found = readRegions([good, ...odd], SIZE);
  assert.deepEqual(found.map(({ name }) => name), [good.name, "g"]);
  assert.equal(found[1].colour, "#9a9a9a");
  assert.deepEqual([...rasterise(found[1].shape, SIZE)], [0, WIDTH, WIDTH, 2 * WIDTH]);
  assert.deepEqual(readRegions("no", SIZE), []);
});

const EMPTY: Drawing = { regions: [], chosen: null };

function drawn(now: Drawing, mode: "new" | "add" | "remove", shape: Shape): Drawing | null {
  const runs = now.regions.map((region) => rasterise(region.shape, SIZE));
  return afterStroke(now, runs, { mode, runs: rasterise(shape, SIZE), shape }, WIDTH);
}

const LEFT: Shape = { kind: "box", top: 0, left: 0, bottom: 4, right: 4 };
const RIGHT: Shape = { kind: "box", top: 2, left: 2, bottom: 6, right: 6 };

test("strokes make, extend, carve and end regions", () => {
  const one = drawn(EMPTY, "new", LEFT)!;
  assert.equal(one.chosen, "object");
  assert.equal(one.regions[0].shape, LEFT);
  const more = drawn(one, "add", RIGHT)!;
  assert.equal(count(rasterise(more.regions[0].shape, SIZE)), 28);
  const less = drawn(one, "remove", RIGHT)!;
  assert.equal(count(rasterise(less.regions[0].shape, SIZE)), 12);
  assert.deepEqual(drawn(one, "remove", LEFT), EMPTY);
  assert.equal(drawn(one, "add", { kind: "runs", runs: [0, 2] }), null, "nothing new");
  assert.equal(drawn(EMPTY, "remove", LEFT), null);
  assert.equal(drawn(one, "new", { kind: "runs", runs: [] }), null);
  const two = drawn(one, "new", RIGHT)!;
  assert.deepEqual(two.regions.map(({ name }) => name), ["object", "region 2"]);
  assert.notEqual(two.regions[0].colour, two.regions[1].colour);
});

test("regions are renamed, coloured, moved and deleted; names stay apart", () => {
  const two = drawn(drawn(EMPTY, "new", LEFT)!, "new", RIGHT)!;
  assert.equal(renamed(two, "region 2", "object").chosen, "object 2");
  assert.equal(renamed(two, "region 2", "context").chosen, "context 2");
  assert.equal(renamed(two, "region 2", "  ").chosen, "region 2");
  assert.equal(renamed(two, "object", "cat").chosen, "region 2");
  assert.equal(renamed(two, "object", "x".repeat(200)).regions[0].name.length, 80);
  assert.equal(recoloured(two, "object", "#123456").regions[0].colour, "#123456");
  assert.deepEqual(moved(two, "region 2", -1).regions.map(({ name }) => name), ["region 2", "object"]);
  assert.equal(moved(two, "object", -1), two);
  assert.deepEqual(without(two, "region 2"), { regions: [two.regions[0]], chosen: null });
});

test("undo and redo walk the same way, until something else is drawn", () => {
  const history = new History();
  const one = drawn(EMPTY, "new", LEFT)!;
  const two = drawn(one, "new", RIGHT)!;
  assert.equal(history.undo(EMPTY), null);
  history.record(EMPTY);
  history.record(one);
  assert.equal(history.undo(two), one);
  assert.equal(history.undo(one), EMPTY);
  assert.ok(!history.canUndo && history.canRedo);
  assert.equal(history.redo(EMPTY), one);
  assert.equal(history.redo(one), two);
  assert.equal(history.undo(two), one);
  history.record(one);
  assert.equal(history.redo(two), null);
});

test("the board reads what others set, writes what the hand does, and goes back over both", () => {
  const store = new LocalStore({ regions: [], region: null });
  let size = { width: 0, height: 0 };
  const heard: boolean[] = [];
  const board = new Board(store, () => size, (commit) => heard.push(commit));
  assert.deepEqual(board.now, EMPTY);
  size = SIZE;
  assert.deepEqual(board.now, EMPTY);
  const one = drawn(EMPTY, "new", LEFT)!;
  board.change(one);
  assert.deepEqual(store.get("regions"), one.regions);
  assert.equal(store.get("region"), "object");
  assert.equal(board.under([3.9, 3.9]), "object");
  assert.equal(board.under([4, 4]), null);
  store.set("regions", [...one.regions, { name: "kernel", colour: "#010203", shape: RIGHT }]);
  assert.equal(board.now.regions.length, 2);
  assert.equal(board.under([3, 3]), "kernel");
  board.recolour("kernel", "#111111", false);
  board.recolour("kernel", "#222222", false);
  board.recolour("kernel", "#333333", true);
  assert.deepEqual(heard, [true, false, false, true]);
  assert.equal(board.step("undo"), true);
  assert.equal(board.now.regions[1].colour, "#010203");
  assert.equal(board.step("undo"), true);
  assert.deepEqual(store.get("regions"), one.regions);
  assert.deepEqual([...board.chosen!], [...rasterise(LEFT, SIZE)]);
  assert.equal(board.step("redo"), true);
  assert.equal(board.runs.length, 2);
  size = { width: 20, height: 20 };
  store.set("regions", []);
  board.reread();
  assert.deepEqual(board.now.regions, []);
  assert.equal(board.canUndo, false, "what was drawn on another picture is no way back");
});

test("hands draw boxes, polygons, lassos, brush lines and pieces", () => {
  const box = new BoxStroke("new", "box", [5.2, 6.9], SIZE);
  box.move([2.5, HEIGHT * 2]);
  assert.deepEqual(box.shape(), { kind: "box", top: 2, left: 6, bottom: 6, right: WIDTH });
  const polygon = new PolygonStroke("new", [1, 1.03], SIZE, () => 0.5);
  assert.equal(polygon.corner([1, 1]), false);
  assert.equal(polygon.corner([1, 9]), false);
  assert.equal(polygon.corner([1.2, 1.2]), false, "two corners are no polygon");
  assert.equal(polygon.corner([9, 5]), false);
  assert.equal(polygon.corner([1.2, 1.2]), true);
  assert.deepEqual(polygon.shape(), { kind: "polygon", corners: [[1, 1], [1, 9], [1.25, 1.25], [9, 5]] });
  const lasso = new LassoStroke("new", [1, 1], SIZE);
  for (const to of [[1, 8], [8, 8], [8, 1]] as Point[]) lasso.move(to);
  assert.equal(count(lasso.runs()), 49);
  const brush = new BrushStroke("new", [HEIGHT, WIDTH], 0.5, SIZE);
  assert.deepEqual([...brush.runs()], [WIDTH * HEIGHT - 1, WIDTH * HEIGHT], "the far corner is the last pixel");
  brush.move([HEIGHT, 0]);
  assert.deepEqual([...brush.runs()], [WIDTH * (HEIGHT - 1), WIDTH * HEIGHT]);
  const labels = Int32Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.floor((i % WIDTH) / 10));
  const bytes = new Uint8Array(labels.length * 4 + 1);
  bytes.set(new Uint8Array(labels.buffer), 1);
  const pieces = new Pieces();
  const wire = new DataView(bytes.buffer, 1);
  const pick = new PickStroke("new", [0, 0], (point) => pieces.at(wire, SIZE, point) ?? NONE, SIZE);
  pick.move([3, 25]);
  pick.move([9, 26]);
  assert.equal(count(pick.runs()), 20 * HEIGHT);
  assert.equal(pieces.at(wire, { width: 4, height: 4 }, [0, 0]), null, "pieces of another picture");
});
