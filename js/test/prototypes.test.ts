import assert from "node:assert/strict";
import { test } from "node:test";
import { ending } from "../src/prototypes/column";
import { curve, placeOf } from "../src/prototypes/curve";
import { askedNumber, brief, frameAt, isLogProbability, putAt, readCards, readColumns, readFilm, readSweep, rgba, told } from "../src/prototypes/state";
import { LocalStore } from "../src/store";

const bytes = (...values: number[]): DataView => new DataView(Uint8Array.from(values).buffer);

test("a film is read as sent, from wherever its bytes lie in their buffer", () => {
  const whole = Uint8Array.from([9, 9, 1, 2, 3, 4, 9]);
  const film = readFilm({ pixels: new DataView(whole.buffer, 2, 4), shape: [2, 1, 1, 2, 1], numbers: [0, 5], facts: [] });
  assert.deepEqual([...film.pixels], [1, 2, 3, 4]);
  assert.deepEqual([...rgba(film, 1, 0)], [3, 3, 3, 255, 4, 4, 4, 255]);
});

test("colour and rows of a batch are kept apart", () => {
  const film = readFilm({ pixels: bytes(1, 2, 3, 4, 5, 6), shape: [1, 2, 1, 1, 3] });
  assert.deepEqual([...rgba(film, 0, 0)], [1, 2, 3, 255]);
  assert.deepEqual([...rgba(film, 0, 1)], [4, 5, 6, 255]);
});

test("bytes that contradict their shape, and no bytes at all, are no film", () => {
  assert.equal(readFilm({ pixels: bytes(1, 2, 3), shape: [1, 1, 2, 2, 1] }).frames, 0);
  assert.equal(readFilm(undefined).frames, 0);
  assert.equal(readFilm({ shape: [1, 1, 2, 2, 1] }).frames, 0);
  assert.deepEqual(readColumns(new LocalStore()), []);
  assert.deepEqual(readCards(new LocalStore({ _cards: "x" })), []);
  assert.equal(readSweep(new LocalStore({ _sweep: {} })), null);
});

test("the frame shown is the last one with at most the number asked for", () => {
  assert.equal(frameAt([0, 2, 4, 7], null), 3);
  assert.equal(frameAt([0, 2, 4, 7], 3), 1);
  assert.equal(frameAt([0, 2, 4, 7], 4), 2);
  assert.equal(frameAt([0, 2, 4, 7], 100), 3);
  assert.equal(frameAt([], null), -1);
});

test("a column's own place wins over that of all, and its last frame is not stored", () => {
  const store = new LocalStore({ step: null, at: {} });
  assert.equal(askedNumber(store, "a"), null);
  store.set("at", putAt(store, "a", [0, 3, 8], 1));
  assert.deepEqual(store.get("at"), { a: 3 });
  assert.equal(askedNumber(store, "a"), 3);
  assert.equal(askedNumber(store, "b"), null);
  store.set("at", putAt(store, "a", [0, 3, 8], 2));
  assert.deepEqual(store.get("at"), {});
  store.set("step", 3);
  assert.equal(askedNumber(store, "b"), 3);
  store.set("at", putAt(store, "a", [0, 3, 8], 2));
  assert.equal(askedNumber(store, "a"), 8);
});

test("numbers have the names of what they are", () => {
  assert.equal(isLogProbability([Math.log(0.5), 0.5, 1, null]), true);
  assert.equal(isLogProbability([4, 0.98, 1, null]), false);
  assert.equal(isLogProbability([4, null, 1, null]), false);
  assert.deepEqual(told([Math.log(0.5), 0.5, -2, 3]).map(([name]) => name), ["p(class)", "log p(c|x)", "log density", "distance"]);
  assert.deepEqual(told([7, null, null, null]), [["score", "7.0000"], ["log density", "not finite"]]);
  assert.deepEqual([brief(0.01), brief(1), brief(0), brief(1e-7)], ["0.01", "1", "0", "1e-7"]);
  assert.deepEqual(["steps", "converged", undefined].map(ending), ["no more steps", "converged", ""]);
});

test("a curve fills its box, leaves out what is not finite and puts equal values in the middle", () => {
  const { points, low, high } = curve([1, null, 3], 3, 100, 50, 10);
  assert.deepEqual(points, [[10, 40], [90, 10]]);
  assert.deepEqual([low, high], [1, 3]);
  assert.deepEqual(curve([2, 2], 5, 100, 50, 10).points, [[10, 25], [30, 25]]);
  assert.deepEqual(curve([], 3, 100, 50, 10).points, []);
  assert.equal(placeOf(0, 1, 100, 10), 50);
});
