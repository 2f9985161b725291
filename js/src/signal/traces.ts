/** Draws what does not follow the hand: strips of relevance under the traces, their sum over the channels, seconds. */
import { largest, lut } from "../colour";
import type { Ink } from "../ink";
import { plain } from "../format";
import type { Sight } from "../sequence/axis";
import { extremes, reach, round, starts } from "./columns";
import { EDGE, GUTTER, middleOf, type Place, TOP } from "./place";
import { timeOf } from "./window";
import type { Recording } from "./wire";

export const FONT = "11px system-ui, sans-serif";
const PALEST = 0.5; // of a strip's colour, 1 at the map's ends
const LINE = 13; // CSS pixels that a name needs

export interface Scene {
  recording: Recording;
  middles: Float32Array;
  /** What 99 % of the values stay within. */
  size: number;
  /** R summed over the channels, (time,) */
  across: Float32Array;
  limit: number;
  opacity: number;
  cmap: string;
}

export function paintTraces(
  context: CanvasRenderingContext2D,
  scene: Scene,
  sight: Sight,
  place: Place,
  ratio: number,
  ink: Ink,
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, place.width, place.height);
  const columns = Math.max(1, Math.round(place.room * ratio));
  const from = starts(sight.first, sight.span, columns, scene.recording.samples);
  if (place.rows) {
    strips(context, scene, from, place);
    context.save();
    context.beginPath();
    context.rect(GUTTER, 0, place.room, place.traces + 2 * TOP);
    context.clip();
    for (let channel = place.first; channel < place.first + place.rows; channel++) {
      trace(context, scene, channel, sight, from, place, ink);
    }
    context.restore();
  }
  sum(context, scene, from, place, ink);
  seconds(context, scene.recording, sight, place, ink);
  if (place.rows) bar(context, scene, place, ink);
}

/**
 * One pixel a column and channel, stretched to the rows: a = opacity |v| of the map's colour at v or, nearer to zero, at
 * half way to its ends. The page itself is the neutral ground, and no pale one veils a dark page.
 */
function strips(context: CanvasRenderingContext2D, scene: Scene, from: Int32Array, place: Place): void {
  const { recording, limit, opacity } = scene;
  const columns = from.length - 1;
  const picture = new ImageData(columns, place.rows);
  const pixels = new Uint32Array(picture.data.buffer);
  const colours = lut(scene.cmap);
  const found = new Float32Array(columns);
  for (let row = 0; row < place.rows; row++) {
    extremes(rowOf(recording, recording.relevance, place.first + row), from, found);
    for (let column = 0; column < columns; column++) {
      const v = limit > 0 ? Math.max(-1, Math.min(1, found[column] / limit)) : 0;
      const alpha = Math.round(255 * opacity * Math.abs(v));
      const shown = v < 0 ? Math.min(v, -PALEST) : Math.max(v, PALEST);
      pixels[row * columns + column] = (colours[(127 + 127 * shown + 0.5) | 0] & 0xffffff) | (alpha << 24);
    }
  }
  const canvas = new OffscreenCanvas(columns, place.rows);
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, GUTTER, TOP, place.room, place.traces);
}

function trace(
  context: CanvasRenderingContext2D,
  { recording, middles, size }: Scene,
  channel: number,
  sight: Sight,
  from: Int32Array,
  place: Place,
  ink: Ink,
): void {
  const perUnit = (0.75 * place.pitch) / size;
  const zero = middleOf(place, channel);
  const y = (value: number): number => zero - perUnit * (value - middles[channel]);
  const row = rowOf(recording, recording.signal, channel);
  context.strokeStyle = ink.text;
  context.lineWidth = place.pitch < 16 ? 0.75 : 1;
  context.lineJoin = "round";
  context.beginPath();
  follow(context, row, sight, from, place, y);
  context.stroke();
}

/** A line through the samples, or, where many share a column, over its reach. */
function follow(
  context: CanvasRenderingContext2D,
  row: Float32Array,
  sight: Sight,
  from: Int32Array,
  place: Place,
  y: (value: number) => number,
): void {
  const columns = from.length - 1;
  if (sight.span <= columns) {
    const each = place.room / sight.span;
    const first = Math.max(0, Math.floor(sight.first) - 1);
    const end = Math.min(row.length, Math.ceil(sight.first + sight.span) + 1);
    for (let t = first; t < end; t++) context.lineTo(GUTTER + (t + 0.5 - sight.first) * each, y(row[t]));
    return;
  }
  const low = new Float32Array(columns);
  const high = new Float32Array(columns);
  reach(row, from, low, high);
  const each = place.room / columns;
  for (let column = 0; column < columns; column++) {
    context.lineTo(GUTTER + (column + 0.5) * each, y(low[column]));
    context.lineTo(GUTTER + (column + 0.5) * each, y(high[column]));
  }
}

/** R of all channels at each time, around its own zero. */
function sum(
  context: CanvasRenderingContext2D,
  scene: Scene,
  from: Int32Array,
  place: Place,
  ink: Ink,
): void {
  const most = largest(scene.across);
  const zero = place.sumTop + place.sumHeight / 2;
  const perUnit = most > 0 ? (place.sumHeight / 2 - 3) / most : 0;
  const found = new Float32Array(from.length - 1);
  extremes(scene.across, from, found);
  const each = place.room / found.length;
  const colours = lut(scene.cmap);
  for (const sign of [1, -1]) {
    context.fillStyle = css(colours[sign > 0 ? 220 : 34]);
    found.forEach((value, column) => {
      const tall = sign * value * perUnit;
      if (tall > 0) context.fillRect(GUTTER + column * each, sign > 0 ? zero - tall : zero, each, tall);
    });
  }
  context.fillStyle = ink.line;
  context.fillRect(GUTTER, zero, place.room, 1 / (window.devicePixelRatio || 1));
  context.fillStyle = ink.quiet;
  context.font = FONT;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText("sum of R", GUTTER - 8, zero - LINE / 2);
  context.fillText(most > 0 ? `\u00b1${plain(most)}` : "0", GUTTER - 8, zero + LINE / 2);
}

function seconds(context: CanvasRenderingContext2D, recording: Recording, sight: Sight, place: Place, ink: Ink): void {
  const begin = timeOf(recording, sight.first);
  const duration = sight.span / recording.rate;
  const step = round(duration / Math.max(2, place.room / 110));
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = FONT;
  for (let k = Math.ceil(begin / step - 1e-9); k * step <= begin + duration * (1 + 1e-9); k++) {
    const x = GUTTER + ((k * step - begin) / duration) * place.room;
    context.fillStyle = ink.line;
    context.globalAlpha = 0.5;
    context.fillRect(x, 0, 1, place.ruler);
    context.globalAlpha = 1;
    context.fillStyle = ink.quiet;
    context.fillRect(x, place.ruler, 1, 4);
    const words = `${Number((k * step).toPrecision(9))} s`;
    const half = context.measureText(words).width / 2;
    context.fillText(words, Math.min(x, place.width - half), place.ruler + 13);
  }
}

/** As long as a round number of units, and that number. */
function bar(context: CanvasRenderingContext2D, { recording, size }: Scene, place: Place, ink: Ink): void {
  const value = round(size);
  const tall = (0.75 * place.pitch * value) / size;
  const x = place.width - EDGE + 6;
  const bottom = TOP + place.traces;
  context.fillStyle = ink.text;
  context.fillRect(x, bottom - tall, 2, tall);
  context.fillStyle = ink.quiet;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = FONT;
  const middle = Math.min(bottom - tall / 2, bottom - LINE / 2);
  context.fillText(`${Number(value.toPrecision(6))} ${recording.unit}`, x + 5, middle, EDGE - 11);
}

/** Names as far as there is room; the chosen one always. */
export function paintNames(
  context: CanvasRenderingContext2D,
  names: readonly string[],
  chosen: number | null,
  place: Place,
  ink: Ink,
): void {
  const every = Math.max(1, Math.ceil(LINE / place.pitch));
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let channel = place.first; channel < place.first + place.rows; channel++) {
    const here = channel === chosen;
    const hidden = chosen !== null && Math.abs(channel - chosen) * place.pitch < LINE;
    if (!here && ((channel - place.first) % every || hidden)) continue;
    context.font = here ? `bold ${FONT}` : FONT;
    context.fillStyle = here ? ink.accent : ink.quiet;
    context.fillText(fitted(context, names[channel]), GUTTER - 8, middleOf(place, channel));
  }
}

function fitted(context: CanvasRenderingContext2D, name: string): string {
  if (context.measureText(name).width <= GUTTER - 12) return name;
  let kept = name.slice(0, 24);
  while (kept && context.measureText(`${kept}\u2026`).width > GUTTER - 12) kept = kept.slice(0, -1);
  return `${kept}\u2026`;
}

export function rowOf({ samples }: Recording, values: Float32Array, channel: number): Float32Array {
  return values.subarray(channel * samples, (channel + 1) * samples);
}

function css(packed: number): string {
  return `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
}
