import assert from "node:assert/strict";
import { test } from "node:test";
import { step, type Box, type Edge } from "../src/graph/walk";

const box = (name: string, x: number, y: number): Box => ({ name, text: name, x, y, width: 10, height: 10 });
const edge = (above: string, below: string, weight: number): Edge => ({ above, below, weight, text: "", width: 1, path: "" });

// out -> join -> left (0.2), middle (0.9), right (0.9) -> in
const BOXES = [box("out", 40, 0), box("join", 40, 50), box("left", 0, 100), box("middle", 40, 100), box("right", 80, 100), box("in", 40, 150)];
const EDGES = [
  edge("out", "join", 2),
  ...["left", "middle", "right"].flatMap((name) => {
    const weight = name === "left" ? 0.2 : 0.9;
    return [edge("join", name, weight), edge(name, "in", weight)];
  }),
];

test("up and down follow the widest edge, the first of equal ones", () => {
  assert.equal(step(BOXES, EDGES, "out", "ArrowDown"), "join");
  assert.equal(step(BOXES, EDGES, "join", "ArrowDown"), "middle");
  assert.equal(step(BOXES, EDGES, "left", "ArrowDown"), "in");
  assert.equal(step(BOXES, EDGES, "in", "ArrowUp"), "middle");
});

test("left and right go to the next branch at the same height, and no further than the last", () => {
  assert.equal(step(BOXES, EDGES, "middle", "ArrowLeft"), "left");
  assert.equal(step(BOXES, EDGES, "left", "ArrowRight"), "middle");
  assert.equal(step(BOXES, EDGES, "right", "ArrowRight"), "right");
  assert.equal(step(BOXES, EDGES, "out", "ArrowLeft"), "out");
});

test("the ends hold, other keys are no steps, an empty graph has none", () => {
  assert.equal(step(BOXES, EDGES, "out", "ArrowUp"), "out");
  assert.equal(step(BOXES, EDGES, "middle", "Home"), "out");
  assert.equal(step(BOXES, EDGES, "middle", "End"), "in");
  assert.equal(step(BOXES, EDGES, "middle", "x"), null);
  assert.equal(step(BOXES, EDGES, "gone", "ArrowDown"), "join");
  assert.equal(step([], [], "", "End"), null);
});
