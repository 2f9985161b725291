/** How long a step of the flipping player takes at 1024 px, without the browser's part: `node test/run.mjs bench`. */
import type { Film, Track } from "../src/flipping/film";
import { outline } from "../src/flipping/outline";
import { FlipPainter, type Layer } from "../src/flipping/painter";
import { bilinear } from "../src/resample";

const SIDE = 1024;
const PATCH = 32;
const PANEL = 400; // pixels of one of the two pictures on the screen
const size = SIDE * SIDE;
const steps = (SIDE / PATCH) ** 2;
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => 256 * Math.random());
const order = Array.from({ length: steps }, (_, i) => i + 1).sort(() => Math.random() - 0.5);
const rank = Uint16Array.from({ length: size }, (_, i) => {
  const [row, column] = [Math.floor(i / SIDE / PATCH), Math.floor((i % SIDE) / PATCH)];
  return order[row * (SIDE / PATCH) + column];
});

function film(recomputed: boolean): Film {
  const kept = recomputed ? 4 : 1;
  const track: Track = {
    method: "lrp",
    removal: "neutral",
    steps,
    scores: new Map([["logit", new Float64Array(steps + 1)]]),
    top: new Int32Array(steps + 1),
    channels: 1,
    rank,
    maps: Int16Array.from({ length: kept * size }, () => 65535 * (Math.random() - 0.5)),
    scales: new Float64Array(kept).fill(1e-4),
    mapSteps: Int32Array.from({ length: kept }, (_, i) => i * (steps / kept)),
    limit: 3,
    frames: new Uint8Array(0),
    frameSteps: new Int32Array(0),
  };
  const words = { target: "", order: "", caveat: "", inseparable: "", notes: [], classes: new Map<number, string>() };
  const removed = new Map([["neutral", noise(3 * size)]]);
  return { width: SIDE, height: SIDE, picture: noise(3 * size), removed, tracks: [track], total: steps, recomputed, pixelated: false, ...words };
}

const panels = (["input", "map"] as Layer[]).map((layer) => {
  return { layer, out: new Uint32Array(size), screen: new Uint32Array(PANEL * PANEL) };
});
const canvas = { width: PANEL, height: PANEL };
const place = { scaleX: PANEL / SIDE, scaleY: PANEL / SIDE, originX: 0, originY: 0 };
for (const recomputed of [false, true]) {
  const shown = film(recomputed);
  const [track] = shown.tracks;
  const painter = new FlipPainter(shown);
  let step = 0;
  // A hand that moves to and fro, 1 to 16 steps a frame: a thousand steps are as many pixels on the screen.
  const times = Array.from({ length: 201 }, (_, i) => {
    step = Math.max(0, Math.min(steps, step + (i % 100 < 60 ? 1 : -1) * Math.ceil(16 * Math.random())));
    const start = performance.now();
    for (const { layer, out, screen } of panels) {
      const touched = painter.paint(layer, { track, step, cmap: "blue-red", pixelated: false }, out);
      bilinear(out, { width: SIDE, height: SIDE }, screen, canvas, place, touched ?? null);
    }
    outline(painter.departures(track).at(step + 1), SIDE);
    return performance.now() - start;
  })
    .slice(1)
    .sort((a, b) => a - b);
  const what = recomputed ? "recomputed relevance" : "fixed relevance";
  console.log(`scrubbing ${SIDE} px, ${what}: median ${times[100].toFixed(1)} ms, 95 % ${times[190].toFixed(1)} ms a frame`);
}
