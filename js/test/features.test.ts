import assert from "node:assert/strict";
import { test } from "node:test";
import { bars, moved, readRows } from "../src/features/rows";

const row = (relevance: number, key: string | null = "a") => ({ key, name: "a", value: "1 mm", relevance });

test("bars share one scale that holds zero", () => {
  const [first, second, third] = bars([row(3), row(-1), row(0)]);
  assert.deepEqual([first, second, third].map(({ zero }) => zero), [25, 25, 25]);
  assert.deepEqual([first.left, first.width], [25, 75]);
  assert.deepEqual([second.left, second.width], [0, 25]);
  assert.deepEqual([third.left, third.width], [25, 0]);
  assert.deepEqual(bars([row(2)]), [{ zero: 0, left: 0, width: 100 }]);
  assert.deepEqual(bars([row(0)]), [{ zero: 0, left: 0, width: 0 }]);
});

test("what is no row is left out", () => {
  assert.deepEqual(readRows([row(1), null, { ...row(1), relevance: "1" }, { ...row(1), key: 3 }, row(2, null)]), [row(1), row(2, null)]);
  assert.deepEqual(readRows("rows"), []);
});

test("arrow keys walk the list and stop at its ends", () => {
  const keys = ["a", "b", "c"];
  assert.deepEqual(["ArrowDown", "ArrowUp", "Home", "End", "Escape", "x"].map((key) => moved(keys, null, key)), ["a", "c", "a", "c", null, undefined]);
  assert.deepEqual(["ArrowDown", "ArrowUp"].map((key) => moved(keys, "b", key)), ["c", "a"]);
  assert.equal(moved(keys, "c", "ArrowDown"), "c");
  assert.equal(moved(keys, "a", "ArrowUp"), "a");
  assert.equal(moved(keys, "gone", "ArrowDown"), "a");
  assert.equal(moved([], null, "ArrowDown"), undefined);
});
