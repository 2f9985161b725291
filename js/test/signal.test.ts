import assert from "node:assert/strict";
import { test } from "node:test";
import { extremes, reach, round, scaleOf, starts } from "../src/signal/columns";
import { between, electrodeAt, field } from "../src/signal/head";
import { channelAt, middleOf, placeOf, yShowing } from "../src/signal/place";
import { acrossChannels, pooled, strongest, sumsBefore, total } from "../src/signal/sums";
import { dragged, holdAt, moved, sampleAt, samplesIn, widened, windowOf } from "../src/signal/window";
import { pictureStore, readHead, readRecording } from "../src/signal/wire";
import { LocalStore } from "../src/store";

const relevance = Float32Array.from({ length: 3 * 50 }, (_, i) => Math.sin(7 * i) * 2 ** (i % 5));

test("the sums of a window are the sums of its samples, for every window", () => {
  const sums = sumsBefore(relevance, 3, 50);
  for (let first = 0; first < 50; first++) {
    for (let end = first + 1; end <= 50; end++) {
      const found = pooled(sums, 3, first, end);
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let t = first; t < end; t++) sum += relevance[50 * c + t];
        assert.ok(Math.abs(found[c] - sum) < 1e-9, `${c} ${first} ${end}`);
      }
    }
  }
  const whole = total(pooled(sums, 3, 0, 50));
  const across = acrossChannels(relevance, 3, 50);
  assert.ok(Math.abs(across.reduce((sum, value) => sum + value, 0) - whole) < 1e-4);
  assert.deepEqual(strongest(Float64Array.of(1, -3, 2, 3), 3), [1, 3, 2]);
});

test("a window holds samples at from <= t < to, and neighbours share none", () => {
  const clock = { rate: 160, start: -0.5, samples: 320 };
  assert.deepEqual(samplesIn(clock, null), [0, 320]);
  for (let cut = 1; cut < 320; cut++) {
    const [a, b] = [windowOf(clock, [0, cut]), windowOf(clock, [cut, 320])];
    assert.deepEqual([samplesIn(clock, a), samplesIn(clock, b)], [[0, cut], [cut, 320]]);
    assert.equal(sampleAt(clock, b[0]), cut);
  }
  assert.deepEqual(samplesIn(clock, [-9, 9]), [0, 320]);
  assert.deepEqual(samplesIn(clock, [0, 0.001]), [80, 81]);
});

test("a hand holds an edge, the inside or nothing, and what it drags stays in the recording", () => {
  assert.equal(holdAt(null, 5, 2, true), "new");
  assert.equal(holdAt([10, 20], 11, 2, true), "first");
  assert.equal(holdAt([10, 20], 21, 2, true), "end");
  assert.equal(holdAt([10, 20], 15, 2, true), "inside");
  assert.equal(holdAt([10, 20], 15, 2, false), "new");
  assert.deepEqual(dragged("new", [0, 50], 30.2, 12.7, 50), [13, 30]);
  assert.deepEqual(dragged("end", [10, 20], 20, 4.1, 50), [4, 10]);
  assert.deepEqual(dragged("first", [10, 20], 10, 99, 50), [20, 50]);
  assert.deepEqual(dragged("inside", [10, 20], 15, 80, 50), [40, 50]);
  assert.deepEqual(dragged("new", [0, 50], 49.9, 49.9, 50), [49, 50]);
  assert.deepEqual(moved([10, 20], -30, 50), [0, 10]);
  assert.deepEqual(widened([10, 12], -1, 50), [10, 12]);
  assert.deepEqual(widened([1, 12], 3, 50), [0, 15]);
});

test("columns reach over all of their samples, and keep the relevance farthest from zero", () => {
  const row = Float32Array.from({ length: 1000 }, (_, t) => (t === 503 ? -9 : t === 777 ? 40 : Math.cos(t)));
  const from = starts(0, 1000, 37, 1000);
  const [low, high, most] = [new Float32Array(37), new Float32Array(37), new Float32Array(37)];
  reach(row, from, low, high);
  extremes(row, from, most);
  const column = (t: number): number => from.filter((first) => first <= t).length - 1;
  assert.equal(low[column(503)], -9);
  assert.equal(high[column(777)], 40);
  assert.deepEqual([most[column(503)], most[column(777)]], [-9, 40]);
  for (let at = 1; at < 37; at++) assert.ok(low[at] <= high[at - 1] && low[at - 1] <= high[at], "no gap in the line");
  assert.deepEqual([...starts(2, 2, 4, 10)], [2, 2, 3, 3, 4]);
  const { middles, size } = scaleOf(Float32Array.of(5, 5, 6, 4, -1, -1, -1, -1), 2);
  assert.deepEqual([...middles, size], [5, -1, 1]);
  assert.deepEqual([0.07, 3, 20, 999].map(round), [0.05, 2, 20, 500]);
});

test("every channel in sight has a place of its own that is found again", () => {
  for (const rows of [null, 1, 10]) {
    const place = placeOf(900, 64, rows, 0, true);
    assert.ok(place.height > place.ruler && place.ruler > place.sumTop);
    for (let at = place.first; at < place.first + place.rows; at++) assert.equal(channelAt(place, middleOf(place, at)), at);
    assert.equal(channelAt(place, place.sumTop + 1), null);
    for (const at of [0, 63]) {
      const there = placeOf(900, 64, rows, yShowing(place, 64, at), true);
      assert.ok(there.first <= at && at < there.first + there.rows);
    }
  }
  assert.equal(placeOf(900, 4000, null, 0, true).rows, 128);
  assert.equal(placeOf(900, 64, null, 0, false).rows, 0);
});

test("the head is linear in the sums, and is the grid's value at its points", () => {
  const weights = Float32Array.from({ length: 4 * 4 * 3 }, (_, i) => ((i * 7) % 11) / 11);
  const shape = { positions: [[-0.5, 0], [0.5, 0], [0, 0.9]] as const, grid: 4, extent: 1, weights };
  const values = Float64Array.of(2, -1, 0.5);
  const found = field(shape, values);
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      const at = 4 * row + column;
      const by = 2 * weights[3 * at] - weights[3 * at + 1] + 0.5 * weights[3 * at + 2];
      assert.ok(Math.abs(found[at] - by) < 1e-12);
      assert.ok(Math.abs(between(found, shape, (2 * (column + 0.5)) / 4 - 1, 1 - (2 * (row + 0.5)) / 4) - by) < 1e-12);
    }
  }
  assert.equal(electrodeAt(shape, -0.45, 0.02), 0);
  assert.equal(electrodeAt(shape, 0, 0.85), 2);
  assert.equal(electrodeAt(shape, 0, 0.3), null);
});

test("what does not fit together is told, and a store of a recording reads as a picture", () => {
  const bytes = (values: Float32Array): DataView => new DataView(values.slice().buffer);
  const told = { channels: ["a", "b"], samples: 3, rate: 10, start: 0, unit: "uV", score: 1 };
  const six = Float32Array.of(1, 2, 3, 4, 5, 6);
  const store = new LocalStore({ _recording: told, _signal: bytes(six), _relevance: bytes(six), cursor: 0.1, channel: "b" });
  assert.deepEqual([...(readRecording(store)?.relevance ?? [])], [...six]);
  assert.equal(readHead(store, 2), null);
  const seen = pictureStore(store);
  assert.deepEqual([seen.get("_shape"), seen.get("cursor"), seen.get("channel")], [[1, 2, 3], null, "sum"]);
  store.set("_recording", { ...told, samples: 4 });
  assert.throws(() => readRecording(store), /2 channels of 4 samples/);
  store.set("_head", { positions: [[0, 0], [0, 1]], grid: 2, extent: 1 });
  store.set("_weights", bytes(six));
  assert.throws(() => readHead(store, 2), /head does not fit/);
});
