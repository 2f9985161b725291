import assert from "node:assert/strict";
import { test } from "node:test";
import { bilinear } from "../src/resample";
import { random } from "./random";

/** Four neighbours, weighted, one canvas pixel and channel at a time. */
function slow(light: (x: number, y: number) => number, w: number, h: number, x: number, y: number): number {
  const [u, v] = [Math.min(w - 1, Math.max(0, x)), Math.min(h - 1, Math.max(0, y))];
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const [k, l] = [Math.min(i + 1, w - 1), Math.min(j + 1, h - 1)];
  const top = light(i, j) * (1 - (u - i)) + light(k, j) * (u - i);
  const bottom = light(i, l) * (1 - (u - i)) + light(k, l) * (u - i);
  return top * (1 - (v - j)) + bottom * (v - j);
}

test("bilinear equals the slow one, enlarged, reduced, zoomed and off centre", () => {
  const next = random(5);
  const source = { width: 13, height: 9 };
  const pixels = Uint32Array.from({ length: 13 * 9 }, () => 0xff000000 | (next() * 2 ** 24));
  const places = [
    { canvas: { width: 26, height: 18 }, at: { scaleX: 2, scaleY: 2, originX: 0, originY: 0 } },
    { canvas: { width: 7, height: 5 }, at: { scaleX: 7 / 13, scaleY: 5 / 9, originX: 0, originY: 0 } },
    { canvas: { width: 40, height: 30 }, at: { scaleX: 11.3, scaleY: 11.1, originX: -31.7, originY: -20.2 } },
  ];
  for (const { canvas, at } of places) {
    const out = new Uint32Array(canvas.width * canvas.height);
    bilinear(pixels, source, out, canvas, at);
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        for (const shift of [0, 8, 16]) {
          const light = (i: number, j: number): number => (pixels[j * 13 + i] >>> shift) & 255;
          const u = (x + 0.5 - at.originX) / at.scaleX - 0.5;
          const v = (y + 0.5 - at.originY) / at.scaleY - 0.5;
          const got = (out[y * canvas.width + x] >>> shift) & 255;
          assert.ok(Math.abs(got - slow(light, 13, 9, u, v)) <= 0.5 + 1e-9, `${x} ${y} ${shift}: ${got}`);
        }
        assert.equal(out[y * canvas.width + x] >>> 24, 255);
      }
    }
  }
});

test("at scale 1 nothing changes", () => {
  const pixels = Uint32Array.of(0xff010203, 0xff0a0b0c, 0xff646566, 0xffffffff);
  const out = new Uint32Array(4);
  bilinear(pixels, { width: 2, height: 2 }, out, { width: 2, height: 2 }, { scaleX: 1, scaleY: 1, originX: 0, originY: 0 });
  assert.deepEqual(out, pixels);
});
