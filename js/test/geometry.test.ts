import assert from "node:assert/strict";
import { test } from "node:test";
import * as geometry from "../src/geometry";
import { random } from "./random";

const SOURCE = { width: 224, height: 150 };

test("a fit is whole device pixels, inside its box, with the picture's proportions", () => {
  const next = random(3);
  for (let i = 0; i < 500; i++) {
    const source = { width: 60 + Math.floor(1200 * next()), height: 60 + Math.floor(1200 * next()) };
    const box = { width: 40 + Math.floor(1500 * next()), height: 40 + Math.floor(1000 * next()) };
    const fitted = geometry.fit(source, box, i % 2 === 0);
    assert.ok(Number.isInteger(fitted.width) && Number.isInteger(fitted.height));
    assert.ok(fitted.width >= 1 && fitted.height >= 1 && fitted.width <= box.width && fitted.height <= box.height);
    assert.ok(Math.abs(fitted.width / fitted.scaleX - source.width) < 1e-9);
    const exact = (fitted.width * source.height) / source.width;
    assert.ok(Math.abs(fitted.height - exact) <= 0.5 + (0.5 * source.height) / source.width + 1e-9, `${i}`);
  }
});

test("a whole scale is taken when it costs little, and always for squares", () => {
  assert.equal(geometry.fit({ width: 224, height: 224 }, { width: 700, height: 512 }, false).scaleX, 2);
  assert.equal(geometry.fit({ width: 28, height: 28 }, { width: 700, height: 512 }, true).scaleX, 18);
  assert.equal(geometry.fit({ width: 300, height: 300 }, { width: 560, height: 560 }, true).scaleX, 1);
  assert.ok(geometry.fit({ width: 300, height: 300 }, { width: 560, height: 560 }, false).scaleX > 1.8);
});

test("the pixel under its own centre is itself, at any zoom", () => {
  const next = random(4);
  for (let i = 0; i < 500; i++) {
    const fitted = geometry.fit(SOURCE, { width: 700, height: 512 }, i % 2 === 0);
    const zoom = 1 + 20 * next();
    const viewport = geometry.clampViewport({ x: 300 * (next() - 0.5), y: 300 * (next() - 0.5), zoom }, SOURCE);
    const at = geometry.transform(viewport, SOURCE, fitted, i % 2 === 0);
    const row = Math.floor(SOURCE.height * next());
    const column = Math.floor(SOURCE.width * next());
    assert.deepEqual(geometry.pixelAt(at, SOURCE, ...geometry.centreOf(at, row, column)), [row, column]);
  }
});

test("squares start on a whole device pixel, smooth pictures where they are", () => {
  const fitted = geometry.fit(SOURCE, { width: 700, height: 512 }, true);
  const viewport = { x: 10.3, y: -7.7, zoom: 2.5 };
  const squares = geometry.transform(viewport, SOURCE, fitted, true);
  const smooth = geometry.transform(viewport, SOURCE, fitted, false);
  for (const key of ["originX", "originY"] as const) {
    assert.equal(squares[key], Math.round(smooth[key]), key);
    assert.ok(!Number.isInteger(smooth[key]));
  }
});

test("zooming keeps the point under the pointer and comes back", () => {
  const fitted = geometry.fit(SOURCE, { width: 700, height: 512 }, false);
  const under = (viewport: geometry.Viewport, x: number): number => {
    const at = geometry.transform(viewport, SOURCE, fitted, false);
    return (x - at.originX) / at.scaleX;
  };
  const start = geometry.zoomAt(geometry.WHOLE, SOURCE, fitted, 200, 100, 3);
  const closer = geometry.zoomAt(start, SOURCE, fitted, 333, 222, 1.7);
  assert.ok(Math.abs(under(start, 333) - under(closer, 333)) < 1e-9);
  const back = geometry.zoomAt(closer, SOURCE, fitted, 333, 222, 1 / 1.7);
  for (const key of ["x", "y", "zoom"] as const) assert.ok(Math.abs(back[key] - start[key]) < 1e-9, key);
  assert.deepEqual(geometry.zoomAt(closer, SOURCE, fitted, 5, 5, 1e-9), { x: 0, y: 0, zoom: 1 });
  assert.equal(geometry.zoomAt(closer, SOURCE, fitted, 5, 5, 1e9).zoom, geometry.MAX_ZOOM);
});

test("panning there and back, and never past the edge", () => {
  const fitted = geometry.fit(SOURCE, { width: 700, height: 512 }, false);
  const start: geometry.Viewport = { x: 10, y: -5, zoom: 4 };
  const there = geometry.panBy(start, SOURCE, fitted, 30, -20);
  assert.deepEqual(there, { x: 10 - 30 / (fitted.scaleX * 4), y: -5 + 20 / (fitted.scaleY * 4), zoom: 4 });
  assert.deepEqual(geometry.panBy(geometry.WHOLE, SOURCE, fitted, 50, 50), geometry.WHOLE);
  const edge = geometry.panBy(start, SOURCE, fitted, 1e6, 1e6);
  const at = geometry.transform(edge, SOURCE, fitted, false);
  assert.ok(Math.abs(at.originX) < 1e-6 && Math.abs(at.originY) < 1e-6);
});

test("a hidden pixel is revealed, a visible one moves nothing", () => {
  const viewport = { x: 0, y: 0, zoom: 8 };
  assert.deepEqual(geometry.reveal(viewport, SOURCE, 75, 112), viewport);
  const fitted = geometry.fit(SOURCE, { width: 700, height: 512 }, false);
  for (const [row, column] of [[0, 0], [149, 223], [0, 223], [75, 150]]) {
    const at = geometry.transform(geometry.reveal(viewport, SOURCE, row, column), SOURCE, fitted, false);
    const [x, y] = geometry.centreOf(at, row, column);
    assert.ok(x > 0 && y > 0 && x < fitted.width && y < fitted.height, `${row} ${column}`);
  }
});
