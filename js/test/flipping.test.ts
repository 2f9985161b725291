import assert from "node:assert/strict";
import { test } from "node:test";
import { lut } from "../src/colour";
import { path, reach } from "../src/flipping/curves";
import { areaUnder, classChange, type Film, latest, readFilm } from "../src/flipping/film";
import { Departures, outline } from "../src/flipping/outline";
import { readOptions } from "../src/flipping/options";
import { FlipPainter, type Look } from "../src/flipping/painter";
import { filmStore } from "../src/flipping/payload";
import { Player, type Played } from "../src/flipping/player";
import { bilinear } from "../src/resample";
import { LocalStore } from "../src/store";

const bytes = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A picture of 2 x 2 pixels whose pixels go one after another; the last one is not known yet. */
function state(changes: { track?: object; maps?: object; words?: object } = {}): Record<string, unknown> {
  return {
    _shape: [2, 2],
    _picture: Uint8Array.from({ length: 12 }, (_, i) => i),
    _removed: { neutral: Uint8Array.from({ length: 12 }, (_, i) => 100 + i) },
    _tracks: [
      {
        method: "lrp",
        removal: "neutral",
        scores: { logit: bytes(Float64Array.of(4, 2, 1, 0)), probability: bytes(Float64Array.of(1, 0.5, Number.NaN, 0)) },
        top: bytes(Int32Array.of(3, 3, 5, 3)),
        channels: 1,
        rank: bytes(Uint16Array.of(2, 1, 0, 3)),
        ...changes.track,
      },
    ],
    _maps: [
      {
        maps: bytes(Int16Array.of(2, -1, 0, 1)),
        scales: bytes(Float64Array.of(0.5)),
        map_steps: bytes(Int32Array.of(0)),
        limit: 1,
        frames: new Uint8Array(0),
        frame_steps: new Uint8Array(0),
        ...changes.maps,
      },
    ],
    _words: { target: "cat", order: "most", total: 4, classes: { 3: "cat", 5: "dog" }, caveat: "careful", ...changes.words },
  };
}

const film = (changes = {}): Film => readFilm(new LocalStore(state(changes)))!;
const look = (shown: Film, step: number): Look => ({ track: shown.tracks[0], step, cmap: "seismic", pixelated: true });
const packed = (values: number[]): number[] => values.map((v) => (0xff000000 | ((3 * v + 2) << 16) | ((3 * v + 1) << 8) | (3 * v)) >>> 0);

function painted(shown: Film, layer: "input" | "map", step: number): number[] {
  const out = new Uint32Array(4);
  new FlipPainter(shown).paint(layer, look(shown, step), out);
  return [...out];
}

test("a frame has what went replaced and nothing else, however one gets there", () => {
  const shown = film();
  const whole = packed([0, 1, 2, 3]);
  const gone = [100, 103, 106, 109].map((r) => (0xff000000 | ((r + 2) << 16) | ((r + 1) << 8) | r) >>> 0);
  const steps = [[], [1], [1, 0], [1, 0, 3]];
  const painter = new FlipPainter(shown);
  const out = new Uint32Array(4);
  for (const step of [0, 3, 1, 2, 1, 0, 3]) {
    painter.paint("input", look(shown, step), out);
    assert.deepEqual([...out], whole.map((colour, i) => (steps[step].includes(i) ? gone[i] : colour)));
  }
});

test("channels may go one by one", () => {
  const rank = new Uint16Array(12);
  rank[4] = 1; // green of the first pixel
  const [first, ...rest] = painted(film({ track: { channels: 3, rank: bytes(rank) } }), "input", 1);
  assert.equal(first, (0xff000000 | (2 << 16) | (101 << 8) | 0) >>> 0);
  assert.deepEqual(rest, packed([1, 2, 3]));
});

test("pictures that change on the way are shown as they were kept", () => {
  const frames = Uint8Array.from({ length: 24 }, (_, i) => i);
  const shown = film({ maps: { frames, frame_steps: bytes(Int32Array.of(0, 2)) } });
  assert.deepEqual(painted(shown, "input", 1), packed([0, 1, 2, 3]));
  assert.deepEqual(painted(shown, "input", 3), packed([4, 5, 6, 7]));
});

test("relevance is coloured by the recipe; of the first map removed pixels are grey", () => {
  const colours = lut("seismic");
  const plain = [2, -1, 0, 1].map((v) => colours[Math.floor(127 + 127 * Math.max(-1, Math.min(1, v / 2)) + 0.5)]);
  assert.deepEqual(painted(film(), "map", 0), plain);
  assert.deepEqual(painted(film(), "map", 1), plain.map((colour, i) => (i === 1 ? 0xff808080 : colour)));
  const two = { maps: bytes(Int16Array.of(2, -1, 0, 1, -2, -2, -2, -2)), scales: bytes(Float64Array.of(0.5, 1)) };
  const again = film({ maps: { ...two, map_steps: bytes(Int32Array.of(0, 2)) }, words: { recomputed: true } });
  assert.deepEqual(painted(again, "map", 1), plain);
  assert.deepEqual(painted(again, "map", 3), Array(4).fill(colours[0]));
});

test("areas are trapezoids over steps", () => {
  const [track] = film().tracks;
  const logit = track.scores.get("logit")!;
  assert.equal(areaUnder(logit, 3), (3 + 1.5 + 0.5) / 3);
  assert.equal(areaUnder(logit, 2), (3 + 1.5) / 2);
  assert.equal(areaUnder(logit, 0), 4);
  assert.ok(Number.isNaN(areaUnder(track.scores.get("probability")!, 3)));
  assert.equal(classChange(track), 2);
  assert.equal(classChange({ ...track, top: Int32Array.of(3, -1) }), null);
});

test("the latest of what was kept", () => {
  assert.deepEqual([0, 1, 4, 9].map((step) => latest(Int32Array.of(0, 4, 8), step)), [0, 0, 1, 2]);
  assert.equal(latest(new Int32Array(0), 3), -1);
});

test("what goes next is outlined by its outer edges", () => {
  const shown = film();
  const departures = new Departures(shown, shown.tracks[0]);
  assert.deepEqual([1, 2, 3, 4].map((step) => [...departures.at(step)]), [[1], [0], [3], []]);
  assert.equal(outline(Uint32Array.of(), 4), "");
  const lines = (text: string): string[] => text.split("M").filter(Boolean).sort();
  // Two rows of two in a picture four wide: one square, each side one line.
  assert.deepEqual(lines(outline(Uint32Array.of(5, 6, 9, 10), 4)), ["1 1H3", "1 1V3", "1 3H3", "3 1V3"]);
  // The last pixel of a row and the first of the next one do not touch.
  assert.deepEqual(lines(outline(Uint32Array.of(3, 4), 4)).length, 8);
});

test("a film that contradicts itself is refused with what is wrong", () => {
  assert.equal(readFilm(new LocalStore({})), null);
  const refused = (changes: object, what: RegExp): void => assert.throws(() => film(changes), what);
  refused({ track: { rank: bytes(Uint16Array.of(1)) } }, /ranks .lrp, neutral. has 1, not 4/);
  refused({ track: { channels: 2 } }, /channels/);
  refused({ track: { removal: "noise" } }, /removal/);
  refused({ maps: { maps: new Uint8Array(3) } }, /3 bytes/);
  refused({ track: { top: bytes(Int32Array.of(3)) } }, /scores/);
});

test("bytes may lie at any offset", () => {
  const shifted = new Uint8Array(33);
  shifted.set(bytes(Float64Array.of(4, 2, 1, 0)), 1);
  const shown = film({ track: { scores: { logit: new DataView(shifted.buffer, 1) } } });
  assert.deepEqual([...shown.tracks[0].scores.get("logit")!], [4, 2, 1, 0]);
});

test("options that nobody could mean become the default", () => {
  const shown = film();
  const odd = { step: "2", method: "__proto__", removal: null, score: 7, speed: Number.NaN, cmap: "x", pixelated: 0 };
  const { track, ...rest } = readOptions(new LocalStore(odd), shown);
  assert.equal(track, shown.tracks[0]);
  assert.deepEqual(rest, { step: 0, score: "logit", speed: 5, cmap: "blue-red", pixelated: false, recompute: false });
  assert.equal(readOptions(new LocalStore({ step: 99 }), shown).step, 4);
  assert.equal(readOptions(new LocalStore({ score: "probability" }), shown).score, "probability");
});

test("curves reach from the lowest to the highest, through 0, and break where there is no number", () => {
  assert.deepEqual(reach(film(), "logit"), [0, 4]);
  const scores = Float64Array.of(1, 2, Number.NaN, 3);
  assert.equal(path(scores, (step) => step, (score) => score), "M0.0 1.0L1.0 2.0M3.0 3.0");
});

test("the page's film comes back from its text", async () => {
  const { deflateSync } = await import("node:zlib");
  const text = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { bytes: value.length, zlib: deflateSync(value).toString("base64") };
    if (Array.isArray(value)) return value.map(text);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, text(part)]));
  };
  const payload = { version: 1, state: text(state()), view: { step: 2, method: "lrp" } };
  const store = await filmStore(payload);
  assert.deepEqual(readFilm(store), film());
  assert.equal(store.get("step"), 2);
  await assert.rejects(filmStore({ ...payload, version: 2 }), /version 2/);
  const damaged = { ...payload, state: { _picture: { bytes: 12, zlib: "AAAA" } } };
  await assert.rejects(filmStore(damaged), /state._picture is damaged/);
  await assert.rejects(filmStore({ ...payload, state: { _picture: { bytes: 2 ** 40, zlib: "AAAA" } } }), /more than 512 MB/);
});

/** A clock that is turned by hand. */
function clock(known: number, growing = false) {
  let now = 0;
  let callback: ((now: number) => void) | null = null;
  const globals = globalThis as Record<string, unknown>;
  globals.requestAnimationFrame = (call: (now: number) => void) => ((callback = call), 1);
  globals.cancelAnimationFrame = () => (callback = null);
  const played = { step: 0, known, growing, speed: 10, show: (step: number) => (played.step = step), changed: () => {} };
  const player = new Player(played as Played);
  const original = performance.now.bind(performance);
  performance.now = () => now;
  return {
    played,
    player,
    tick(ms: number) {
      now += ms;
      const call = callback;
      callback = null;
      call?.(now);
    },
    done: () => (performance.now = original),
  };
}

test("playing shows so many steps a second, to the end", () => {
  const { played, player, tick, done } = clock(3);
  player.play();
  const seen = [0, 60, 60, 60, 60, 100, 100].map((ms) => (tick(ms), played.step));
  assert.deepEqual(seen, [0, 0, 1, 1, 2, 3, 3]);
  assert.equal(player.playing, false);
  player.play();
  assert.equal(played.step, 0, "from the end it begins again");
  player.pause();
  tick(1000);
  assert.equal(played.step, 0);
  done();
});

test("playing waits for steps that are still to come, and never leaps after a pause of the page", () => {
  const { played, player, tick, done } = clock(2, true);
  player.play();
  for (let i = 0; i < 8; i++) tick(100);
  assert.equal(played.step, 2);
  assert.equal(player.playing, true);
  played.known = 50;
  tick(60_000);
  assert.ok(played.step <= 6, "a hidden page does not catch up");
  player.pause();
  done();
});

test("rows that were not touched keep what they showed, to the byte", () => {
  const side = 24;
  const size = side * side;
  const picture = Uint8Array.from({ length: 3 * size }, (_, i) => (i * 37) % 251);
  const rank = Uint16Array.from({ length: size }, (_, i) => 1 + ((i * 7) % 9));
  const top = bytes(new Int32Array(10));
  const scores = { logit: bytes(new Float64Array(10)) };
  const values: Record<string, unknown> = {
    ...state({ track: { rank: bytes(rank), top, scores }, words: { total: 9 } }),
    _shape: [side, side],
    _picture: picture,
    _removed: { neutral: picture.map((value) => 255 - value) },
  };
  (values._maps as { maps: Uint8Array }[])[0].maps = bytes(Int16Array.from({ length: size }, (_, i) => (i % 5) - 2));
  const shown = readFilm(new LocalStore(values))!;
  const source = { width: side, height: side };
  const canvas = { width: 17, height: 17 };
  const at = { scaleX: 17 / side, scaleY: 17 / side, originX: 0, originY: 0 };
  const painter = new FlipPainter(shown);
  const pixels = new Uint32Array(size);
  const kept = new Uint32Array(17 * 17);
  let partly = 0;
  for (const step of [0, 1, 5, 4, 9, 0]) {
    const touched = painter.paint("input", look(shown, step), pixels) ?? null;
    bilinear(pixels, source, kept, canvas, at, touched);
    if (touched) partly++;
    const fresh = new Uint32Array(size);
    new FlipPainter(shown).paint("input", look(shown, step), fresh);
    const whole = new Uint32Array(17 * 17);
    bilinear(fresh, source, whole, canvas, at);
    assert.deepEqual(pixels, fresh);
    assert.deepEqual(kept, whole);
  }
  assert.equal(partly, 5);
});

test("a pixel reads as what is there at a step, without relevance once it is gone", () => {
  const shown = film();
  const painter = new FlipPainter(shown);
  assert.deepEqual(painter.read(look(shown, 0), 0, 1), { x: 1, y: 0, value: -0.5, pixel: [3, 4, 5] });
  assert.deepEqual(painter.read(look(shown, 1), 0, 1), { x: 1, y: 0, value: null, pixel: [103, 104, 105] });
  assert.deepEqual(painter.read(look(shown, 2), 1, 1), { x: 1, y: 1, value: 0.5, pixel: [9, 10, 11] });
});
