import assert from "node:assert/strict";
import { test } from "node:test";
import { arrow, Field } from "../src/plane/field";
import { LocalStore } from "../src/store";

/** f = column, R of the first method (row, column), of the second (-1, 0). */
function field(nodes = 5): Field {
  const score = Float32Array.from({ length: nodes * nodes }, (_, i) => i % nodes);
  const relevance = new Float32Array(4 * nodes * nodes);
  for (let i = 0; i < nodes * nodes; i++) relevance.set([Math.floor(i / nodes), i % nodes], 2 * i);
  for (let i = nodes * nodes; i < 2 * nodes * nodes; i++) relevance.set([-1, 0], 2 * i);
  return new Field(
    new LocalStore({
      _methods: ["one", "two"], _names: ["a", "b"], _low: [0, 10], _high: [2, 20], _nodes: nodes, _arrows: [1, 3],
      _score: new DataView(score.buffer), _relevance: new DataView(relevance.buffer),
    }),
  );
}

test("a node has its own relevance, rows upwards", () => {
  const found = field();
  assert.ok(found.sound);
  assert.deepEqual(found.at(0, [3, 1]), [3, 1]);
  assert.deepEqual(found.at(1, [3, 1]), [-1, 0]);
  assert.equal(found.f([3, 1]), 1);
});

test("points and nodes are each other's", () => {
  const found = field();
  assert.deepEqual(found.place([3, 1]), [0.5, 17.5]);
  assert.deepEqual(found.node([0.5, 17.5]), [3, 1]);
  assert.deepEqual(found.node([0.74, 17.4]), [3, 1]);
  assert.deepEqual(found.node([0.76, 99]), [4, 2]);
  assert.deepEqual(found.node([Number.NaN, -5]), [0, 0]);
  assert.deepEqual(found.moved([4, 1], -3, 1), [4, 0]);
});

test("the scale of a method is its own", () => {
  assert.deepEqual(field().reach(0), { arrow: Math.hypot(3, 3), bar: 4 });
  assert.deepEqual(field().reach(1), { arrow: 1, bar: 1 });
});

test("a shade covers the nodes above its level and no others", () => {
  const [first, second] = field().shades(3);
  assert.equal(first.match(/M2 \dh3v1h-3z/g)?.length, 5); // f >= 4/3: columns 2 to 4 of every row
  assert.equal(second.match(/M3 \dh2v1h-2z/g)?.length, 5);
});

test("arrays of another length are no field", () => {
  const store = new LocalStore({ _methods: ["one"], _nodes: 3, _score: new DataView(new ArrayBuffer(36)), _relevance: new DataView(new ArrayBuffer(36)) });
  assert.equal(new Field(store).sound, false);
});

test("an arrow starts at its point and ends where it should; nothing is a dot", () => {
  assert.match(arrow(1, 2, 10, 0, 5), /^M1.00 2.00L11.00 2.00M6.00 -0.50L11.00 2.00L6.00 4.50$/);
  assert.equal(arrow(1, 2, 0.1, 0, 5), "M1.00 2.00h0.01");
});
