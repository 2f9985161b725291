import assert from "node:assert/strict";
import { test } from "node:test";
import { type Facts, Known, measured, spoken, verdict } from "../src/gallery/facts";
import { GAP, grid, inSight, move, place, reveal, TILE } from "../src/gallery/grid";

const STEP = TILE.height + GAP;
/** A width for so many columns, to the pixel. */
const wide = (columns: number): number => columns * (TILE.width + GAP) - GAP;

test("as many columns as fit, and at least one", () => {
  assert.equal(grid(100, wide(5)).columns, 5);
  assert.equal(grid(100, wide(5) - 1).columns, 4);
  assert.equal(grid(100, 3).columns, 1);
  assert.equal(grid(11, wide(5)).height, 3 * STEP - GAP);
  assert.equal(grid(0, 500).height, 0);
});

test("a tile is in sight exactly if its row is, however far one scrolled", () => {
  for (const count of [1, 7, 10_000]) {
    const shown = grid(count, wide(7));
    for (const top of [-5, 0, 1, STEP - 1, STEP, 3.5 * STEP, shown.height - 400, shown.height]) {
      const { first, end } = inSight(shown, top, 400);
      for (let at = 0; at < count; at++) {
        const { y } = place(shown, at);
        const touches = y + STEP > Math.max(0, top) && y < top + 400;
        assert.equal(at >= first && at < end, touches, `${at} of ${count} at ${top}`);
      }
    }
  }
});

test("no more tiles than the window holds exist of ten thousand", () => {
  const shown = grid(10_000, wide(12));
  for (let top = 0; top < shown.height; top += 97) {
    const { first, end } = inSight(shown, top, 432);
    assert.ok(end - first <= 12 * 5);
  }
});

test("revealing scrolls no further than it must", () => {
  const shown = grid(100, wide(4));
  assert.equal(reveal(shown, 0, 0, 400), 0);
  assert.equal(reveal(shown, 4, 3 * STEP, 400), STEP, "from below: to its top");
  assert.equal(reveal(shown, 40, 0, 400), 10 * STEP + TILE.height - 400, "from above: to its bottom");
  assert.equal(reveal(shown, 40, 9.5 * STEP, 400), 9.5 * STEP, "in sight: nowhere");
  assert.equal(reveal(shown, 40, 0, 50), 10 * STEP, "a window less than a tile: to its top");
});

test("keys move by one, a row, a page, and to the ends", () => {
  const shown = grid(103, wide(10));
  const at = (key: string, from: number): number | null => move(shown, key, from, 3 * STEP);
  assert.equal(at("ArrowRight", 5), 6);
  assert.equal(at("ArrowRight", 102), 102);
  assert.equal(at("ArrowLeft", 0), 0);
  assert.equal(at("ArrowDown", 5), 15);
  assert.equal(at("ArrowDown", 92), 102);
  assert.equal(at("ArrowDown", 95), 95, "there is nothing below");
  assert.equal(at("ArrowUp", 5), 5);
  assert.equal(at("PageDown", 5), 35);
  assert.equal(at("PageDown", 85), 95, "as far as the column goes");
  assert.equal(at("PageUp", 35), 5);
  assert.equal(at("PageUp", 12), 2);
  assert.equal(at("Home", 50), 0);
  assert.equal(at("End", 50), 102);
  assert.equal(at("x", 50), null);
  assert.equal(at("constructor", 50), null);
  assert.equal(move(grid(0, 500), "End", 0, 400), null);
});

const digit = (changes: Partial<Facts> = {}): Facts => ({
  index: 3,
  title: "digit 4",
  truth: "4",
  predicted: "9",
  wrong: true,
  failure: "",
  numbers: { score: 12.5, margin: -0.25 },
  ...changes,
});

test("what a tile says", () => {
  assert.equal(verdict(digit()), "4 \u2192 9");
  assert.equal(verdict(digit({ predicted: "4", wrong: false })), "4");
  assert.equal(verdict(digit({ failure: "broken" })), "broken");
  assert.equal(verdict(digit({ truth: null, predicted: null, wrong: false })), "");
  assert.equal(measured(digit(), "score"), "score 12.5");
  assert.equal(measured(digit(), "given"), "margin -0.250");
  assert.equal(measured(digit({ numbers: {} }), "score"), "");
  assert.equal(spoken(digit(), "given"), "digit 4, true 4, predicted 9, wrong, margin -0.250");
});

test("facts are renewed and pictures stay; the oldest go", () => {
  const made: string[] = [];
  const gone: string[] = [];
  URL.createObjectURL = () => `blob:${made.push("") - 1}`;
  URL.revokeObjectURL = (url) => void gone.push(url);
  const known = new Known();
  const png = new DataView(new ArrayBuffer(4));
  assert.equal(known.hear({ kind: "other" }, []), false);
  assert.equal(known.hear(null, []), false);
  assert.ok(known.hear({ kind: "tiles", tiles: [{ ...digit(), picture: 0 }, { ...digit({ index: 4 }), picture: -1 }] }, [png]));
  assert.equal(known.picture(3), "blob:0");
  assert.equal(known.picture(4), "");
  assert.equal(known.picture(5), undefined);
  known.hear({ kind: "tiles", tiles: [digit({ predicted: "4", wrong: false })] }, []);
  assert.equal(known.get(3)?.predicted, "4");
  assert.equal(known.picture(3), "blob:0");
  for (let index = 10; index < 2005; index++) known.hear({ kind: "tiles", tiles: [{ ...digit({ index }), picture: 0 }] }, [png]);
  assert.ok(known.has(3), "still room");
  known.picture(3); // looked at
  for (let index = 2005; index < 2100; index++) known.hear({ kind: "tiles", tiles: [{ ...digit({ index }), picture: 0 }] }, [png]);
  assert.ok(known.has(3));
  assert.ok(!known.has(4) && !known.has(10));
  assert.ok(gone.includes("blob:1"));
  known.clear();
  assert.equal(new Set(gone).size, made.length, "no picture is left behind");
});
