import assert from "node:assert/strict";
import { test } from "node:test";
import * as colour from "../src/colour";
import { random } from "./random";

/** The recipe once more, one pixel at a time and nothing clever. */
function slow(layout: string, photo: number[], R: number, limit: number, map: string, opacity: number): number[] {
  const v = limit > 0 ? Math.min(1, Math.max(-1, R / limit)) : 0;
  const packed = colour.lut(map)[Math.floor(127 + 127 * v + 0.5)];
  const lut = [packed & 255, (packed >>> 8) & 255, (packed >>> 16) & 255];
  if (layout === "map") return lut;
  if (layout === "input") return photo;
  if (layout === "pattern") return photo.map((light) => Math.floor(light * Math.max(v, 0) + 0 * (1 - v) + 0.5));
  const grey = 0.299 * photo[0] + 0.587 * photo[1] + 0.114 * photo[2];
  const a = opacity * Math.sqrt(Math.abs(v));
  return photo.map((light, c) => Math.floor((1 - a) * (0.6 * light + 0.4 * grey) + a * lut[c] + 0.5));
}

test("every layout, map and opacity equals the slow recipe to the byte", () => {
  const next = random(1);
  const size = 300;
  const photo = Uint8Array.from({ length: 3 * size }, () => 256 * next());
  const shown = Float32Array.from({ length: size }, (_, i) => (i % 7 ? next() - 0.5 : [0, 0.3, -0.3, 9, -9][i % 5]));
  const index = new Uint8Array(size);
  const root = new Float64Array(size);
  const out = new Uint32Array(size);
  for (const limit of [0, 1e-30, 0.3, 12]) {
    colour.quantise(shown, limit, index, root);
    for (const map of colour.MAP_NAMES) {
      for (const opacity of [0, 0.37, 1]) {
        for (const layout of ["map", "input", "pattern", "overlay"]) {
          if (layout === "map") colour.paintMap(out, index, colour.lut(map));
          if (layout === "input") colour.paintInput(out, photo);
          if (layout === "pattern") colour.paintPattern(out, photo, shown, limit);
          if (layout === "overlay") colour.paintOverlay(out, photo, index, root, colour.lut(map), opacity);
          const bytes = new Uint8Array(out.buffer);
          for (let i = 0; i < size; i++) {
            const wanted = slow(layout, [...photo.subarray(3 * i, 3 * i + 3)], shown[i], limit, map, opacity);
            assert.deepEqual([...bytes.subarray(4 * i, 4 * i + 4)], [...wanted, 255], `${layout} ${map} pixel ${i}`);
          }
        }
      }
    }
  }
});

test("zero is index 127, the ends are 0 and 254", () => {
  const index = new Uint8Array(5);
  colour.quantise(Float32Array.of(0, -0, 2, -2, 0.001), 2, index, new Float64Array(5));
  assert.deepEqual([...index], [127, 127, 254, 0, 127]);
  for (const name of colour.MAP_NAMES) assert.equal(colour.lut(name).length, 255);
});

test("an unknown map, or the name of something else, gives the default", () => {
  for (const name of ["nope", "constructor", "__proto__"]) {
    assert.deepEqual(colour.lut(name), colour.lut(colour.DEFAULT_MAP));
  }
});

test("the quantile equals the one of a sorted array", () => {
  const next = random(2);
  for (const size of [1, 2, 3, 200, 201, 5000]) {
    for (const spread of [1, 1e-20, 1e20]) {
      const values = Float32Array.from({ length: size }, () => (next() - 0.5) * spread * 10 ** (6 * next()));
      const sorted = values.map(Math.abs).sort();
      for (const q of [0, 0.5, 0.995, 1]) {
        assert.equal(colour.lowerQuantile(values, q), sorted[Math.floor(q * (size - 1))], `${size} ${q}`);
      }
    }
  }
});

test("the automatic limit falls back to the largest value where the quantile is zero", () => {
  const sparse = new Float32Array(1000);
  sparse[17] = -0.25;
  assert.equal(colour.automaticLimit(sparse, "99.5%"), 0.25);
  assert.equal(colour.automaticLimit(sparse, "max"), 0.25);
  assert.equal(colour.automaticLimit(new Float32Array(9), "99.5%"), 0);
  // A view into a larger buffer, as channels are.
  const buffer = new Float32Array([99, 1, 2, 3]);
  assert.equal(colour.automaticLimit(buffer.subarray(1), "max"), 3);
  assert.equal(colour.lowerQuantile(buffer.subarray(1), 0.5), 2);
});

test("channels are summed in float64 and rounded once", () => {
  const big = 2 ** 24; // float32 cannot add 1 to it
  const relevance = Float32Array.of(big, 1, 1, 2, 1, 3);
  assert.deepEqual([...colour.plane(relevance, 3, "sum")], [big + 2, 6]);
  assert.deepEqual([...colour.plane(relevance, 3, 1)], [1, 2]);
});
