import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestWindow } from "../src/heatmap/window";
import { random } from "./random";

test("the outlined window is, of all there are, the one whose middle is nearest to the cursor", () => {
  const next = random(8);
  const whole = (low: number, high: number): number => low + Math.floor((high - low + 1) * next());
  for (let i = 0; i < 300; i++) {
    const source = { width: whole(1, 60), height: whole(1, 60) };
    const size: [number, number] = [whole(1, source.height), whole(1, source.width)];
    const stride: [number, number] = [whole(1, 20), whole(1, 20)];
    const cursor: [number, number] = [whole(0, source.height - 1), whole(0, source.width - 1)];
    const found = nearestWindow(source, size, stride, cursor);
    assert.ok(found);
    const far = (top: number, left: number): [number, number] => [
      Math.abs(top + size[0] / 2 - cursor[0] - 0.5),
      Math.abs(left + size[1] / 2 - cursor[1] - 0.5),
    ];
    let nearest: [number, number] = [Infinity, Infinity];
    const places: string[] = [];
    for (let top = 0; top + size[0] <= source.height; top += stride[0]) {
      for (let left = 0; left + size[1] <= source.width; left += stride[1]) {
        places.push(`${top} ${left}`);
        const [down, right] = far(top, left);
        nearest = [Math.min(nearest[0], down), Math.min(nearest[1], right)];
      }
    }
    assert.ok(places.includes(`${found.top} ${found.left}`), "it is one of the windows");
    assert.deepEqual(far(found.top, found.left), nearest);
    assert.deepEqual([found.height, found.width], size);
  }
});

test("without a cursor it is the one in the middle, and none where the picture is too small for one", () => {
  const source = { width: 100, height: 60 };
  assert.deepEqual(nearestWindow(source, [20, 20], [10, 10], null), { top: 20, left: 40, height: 20, width: 20 });
  assert.equal(nearestWindow(source, [61, 20], [10, 10], null), null);
});
