import assert from "node:assert/strict";
import { test } from "node:test";
import { atomAt, indexOf, place, unitOf } from "../src/molecule/painter";
import { after, apply, matrix, product, type Quaternion, turn, UPRIGHT, unit } from "../src/molecule/rotation";
import { floats, type Molecule, type Probe, readMolecule, readViewport, slicePlane } from "../src/molecule/state";
import { LocalStore } from "../src/store";
import { random } from "./random";

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const WATER: Molecule = {
  formula: "H2O", symbols: ["O", "H", "H"], names: ["O1", "H1", "H2"],
  positions: [[0, 0, 1], [1, 0, 0], [-1, 0, 0]], radii: [0.4, 0.3, 0.3], bonds: [[0, 1], [0, 2]],
  axes: IDENTITY, relevance: new Float32Array([1, -2, 0.5]),
};

function close(a: readonly number[], b: readonly number[], message = ""): void {
  assert.equal(a.length, b.length);
  for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]) < 1e-9, `${message} ${a} ${b}`);
}

test("a rotation keeps lengths, and the matrix of two in a row is the product of theirs", () => {
  const next = random(5);
  const any = (): Quaternion => unit([next() - 0.5, next() - 0.5, next() - 0.5, next() - 0.5]);
  for (let i = 0; i < 100; i++) {
    const [a, b] = [any(), any()];
    const at = [next(), next(), next()];
    assert.ok(Math.abs(Math.hypot(...apply(matrix(a), at)) - Math.hypot(...at)) < 1e-12);
    close(matrix(after(a, b)), product(matrix(a), matrix(b)));
  }
});

test("turning about the screen's axes goes the way a hand does", () => {
  close(apply(matrix(turn(0, 1, 0, Math.PI / 2)), [0, 0, 1]), [1, 0, 0], "drag to the right: what is in front goes right");
  close(apply(matrix(turn(1, 0, 0, Math.PI / 2)), [0, 0, 1]), [0, -1, 0], "drag down: what is in front goes down");
  close(turn(0, 0, 0, 1), UPRIGHT);
});

test("whatever the rotation, all atoms are inside the picture", () => {
  const next = random(6);
  for (let i = 0; i < 200; i++) {
    const q = unit([next() - 0.5, next() - 0.5, next() - 0.5, next() - 0.5]);
    const width = 300 + 1000 * next();
    const size = unitOf(WATER, width, 360, 1);
    for (const atom of place(WATER, matrix(q), size, width, 360)) {
      assert.ok(atom.x - atom.radius >= 0 && atom.x + atom.radius <= width);
      assert.ok(atom.y - atom.radius >= 0 && atom.y + atom.radius <= 360);
    }
  }
});

test("a page with no room yet gives no negative length", () => {
  for (const width of [0, 1, 30]) assert.ok(unitOf(WATER, width, 0, 1) > 0);
});

test("the atom under a point is the nearest to the reader", () => {
  const placed = place({ ...WATER, positions: [[0, 0, 1], [0, 0, 0], [-1, 0, 0]] }, IDENTITY, 50, 300, 200);
  assert.equal(atomAt(placed, 150, 100), 0);
  assert.equal(atomAt(placed, 100, 100), 2);
  assert.equal(atomAt(placed, 290, 10), -1);
});

test("colours are those of the heat map: zero is neutral, the limit is the end", () => {
  assert.deepEqual([indexOf(0, 2), indexOf(2, 2), indexOf(-3, 2), indexOf(5, 0)], [127, 254, 0, 127]);
});

test("a slice holds the values of its plane, whichever axis it is across", () => {
  const counts = [2, 3, 4] as const;
  const values = new Float32Array(24).map((_, i) => i); // value = 12 x + 4 y + z
  const probe: Probe = { values, counts, origin: [-1, -2, -3], step: [1, 2, 3], limit: 1, unit: "" };
  for (const axis of [0, 1, 2]) {
    for (let index = 0; index < counts[axis]; index++) {
      const plane = slicePlane(probe, axis, index);
      const others = [0, 1, 2].filter((each) => each !== axis);
      assert.deepEqual([plane.columns, plane.rows], others.map((each) => counts[each]));
      for (let i = 0; i < plane.columns; i++) {
        for (let j = 0; j < plane.rows; j++) {
          const at = [0, 1, 2].map((k) => plane.corner[k] + i * plane.across[k] + j * plane.along[k]);
          const [x, y, z] = at.map((each, k) => (each - probe.origin[k]) / probe.step[k]);
          assert.equal(plane.values[i * plane.rows + j], 12 * x + 4 * y + z);
        }
      }
    }
  }
});

test("what is missing or strange in the store is nothing to draw, or the default", () => {
  assert.equal(readMolecule(new LocalStore()), null);
  const relevance = new DataView(new Float32Array([1, 2]).buffer);
  assert.equal(readMolecule(new LocalStore({ _molecule: WATER, _relevance: relevance })), null);
  assert.deepEqual([...floats(relevance)], [1, 2]);
  assert.deepEqual(readViewport(new LocalStore({ viewport: { rotation: [1, NaN, 0, 0], zoom: 99 } })), { rotation: UPRIGHT, zoom: 8 });
});
