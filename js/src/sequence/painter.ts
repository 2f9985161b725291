/** Draws what is in sight of a logo on a canvas: letters, or bars where they would be too narrow, and the mutations. */
import { lut } from "../colour";
import { signed } from "../format";
import { type Count, nameOf, type Sight, ticks } from "./axis";
import { columnsOf, type Heights, stack } from "./stacks";

/** CSS pixels. */
export const GUTTER = 64;
export const EDGE = 8;
const TALL = 144;
const CELL = 12;
const TICKS = 18;
const NARROWEST = 5; // a letter; narrower positions are bars
const GAP = 6;
const DOT = "rgb(90 90 90)"; // its cell is zero, and so light in either theme

/** The path of a letter's stroke, the box around it, and its colours on light and dark. */
export type Glyph = readonly [path: string, left: number, top: number, right: number, bottom: number, light: string, dark: string];

export interface Theme {
  text: string;
  quiet: string;
  accent: string;
  surface: string;
  dark: boolean;
}

export interface Scene {
  heights: Heights;
  sides: { above: Float64Array; below: Float64Array };
  present: Uint8Array;
  alphabet: string;
  glyphs: Record<string, Glyph>;
  pen: number;
  count: Count;
  /** Relevance at the upper and lower edge, both >= 0. */
  above: number;
  below: number;
  change: Float32Array | null;
  changeLimit: number;
  cmap: string;
  cursor: number | null;
  /** Indices, both inside. */
  region: readonly [number, number] | null;
  /** Where the motif stands in this sequence, indices, the end outside. */
  found: readonly (readonly [number, number])[];
}

/** CSS pixels of the whole canvas. */
export function heightOf(scene: Scene): number {
  return TALL + (scene.change ? GAP + CELL * scene.heights.letters : 0) + TICKS;
}

const paths = new Map<string, Path2D>();

export function paint(
  context: CanvasRenderingContext2D,
  scene: Scene,
  sight: Sight,
  width: number,
  ratio: number,
  theme: Theme,
): void {
  const { heights, change } = scene;
  const room = width - GUTTER - EDGE;
  const each = room / sight.span;
  const from = Math.max(0, Math.floor(sight.first));
  const end = Math.min(heights.length, Math.ceil(sight.first + sight.span));
  const x = (index: number): number => GUTTER + (index - sight.first) * each;
  const total = scene.above + scene.below || 1;
  const perUnit = (TALL - 4) / total;
  const zero = 2 + (scene.above + scene.below ? scene.above : 1) * perUnit;

  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, heightOf(scene));
  context.save();
  context.beginPath();
  context.rect(GUTTER, 0, room, heightOf(scene));
  context.clip();
  const band = (first: number, last: number, colour: string, alpha: number): void => {
    context.globalAlpha = alpha;
    context.fillStyle = colour;
    context.fillRect(x(first), 0, Math.max(1, (last - first) * each), TALL);
    context.globalAlpha = 1;
  };
  for (const [first, last] of scene.found) if (last > from && first < end) band(first, last, theme.quiet, 0.16);
  if (scene.region) band(scene.region[0], scene.region[1] + 1, theme.accent, 0.22);
  if (each >= NARROWEST) {
    for (let position = from; position < end; position++) letters(context, scene, position, x(position), each, zero, perUnit, ratio, theme);
  } else {
    bars(context, scene, sight, room, zero, perUnit, ratio, theme);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = theme.quiet;
  context.fillRect(GUTTER, Math.round(zero * ratio) / ratio, room, 1 / ratio);
  if (change) cells(context, scene, change, from, end, x, each);
  if (scene.cursor !== null) {
    context.strokeStyle = theme.text;
    context.lineWidth = 1;
    context.strokeRect(x(scene.cursor) + 0.5, 0.5, Math.max(1, each - 1), heightOf(scene) - TICKS - 1);
  }
  context.restore();

  context.font = "11px system-ui, sans-serif";
  context.fillStyle = theme.quiet;
  context.textBaseline = "middle";
  context.textAlign = "right";
  if (scene.above > 0) context.fillText(signed(scene.above), GUTTER - 6, 8);
  if (scene.below > 0) context.fillText(signed(-scene.below), GUTTER - 6, TALL - 6);
  if (zero > 18 && zero < TALL - 18) context.fillText("0", GUTTER - 6, zero);
  if (change) {
    for (let letter = 0; letter < heights.letters; letter++) {
      context.fillText(scene.alphabet[letter], GUTTER - 6, TALL + GAP + CELL * (letter + 0.5));
    }
  }
  const bottom = heightOf(scene) - TICKS;
  context.textAlign = "center";
  for (const index of ticks(scene.count, sight, heights.length, Math.max(2, room / 64))) {
    const middle = x(index) + each / 2;
    if (middle < GUTTER || middle > width - EDGE) continue;
    const name = String(nameOf(scene.count, index));
    context.fillRect(middle, bottom + 1, 1, 4);
    if (middle + context.measureText(name).width / 2 <= width) context.fillText(name, middle, bottom + 12);
  }
}

function letters(
  context: CanvasRenderingContext2D,
  scene: Scene,
  position: number,
  left: number,
  each: number,
  zero: number,
  perUnit: number,
  ratio: number,
  theme: Theme,
): void {
  for (const { letter, from, to } of stack(scene.heights, position)) {
    const near = Math.max(-scene.below, Math.min(scene.above, from));
    const far = Math.max(-scene.below, Math.min(scene.above, to));
    const tall = Math.abs(far - near) * perUnit;
    const glyph = scene.glyphs[scene.alphabet[letter]];
    if (tall < 0.5 || !glyph) continue;
    const [path, x0, y0, x1, y1, light, dark] = glyph;
    const wide = Math.max(1, each - Math.min(1, each / 8));
    const top = zero - Math.max(near, far) * perUnit;
    const scaleX = wide / (x1 - x0);
    const scaleY = tall / (y1 - y0);
    // A letter against the target stands on its head.
    if (to < from) context.setTransform(ratio * scaleX, 0, 0, -ratio * scaleY, ratio * (left - x0 * scaleX), ratio * (top + y1 * scaleY));
    else context.setTransform(ratio * scaleX, 0, 0, ratio * scaleY, ratio * (left - x0 * scaleX), ratio * (top - y0 * scaleY));
    let shape = paths.get(path);
    if (!shape) paths.set(path, (shape = new Path2D(path)));
    context.strokeStyle = theme.dark ? dark : light;
    context.lineWidth = scene.pen;
    context.lineCap = context.lineJoin = "round";
    context.stroke(shape);
  }
}

/** From far away a column of pixels shows the highest stack in it. */
function bars(
  context: CanvasRenderingContext2D,
  scene: Scene,
  sight: Sight,
  room: number,
  zero: number,
  perUnit: number,
  ratio: number,
  theme: Theme,
): void {
  const columns = Math.max(1, Math.round(room * ratio));
  const colours = lut(scene.cmap);
  const wide = room / columns;
  for (const [side, sign, limit] of [
    [scene.sides.above, 1, scene.above],
    [scene.sides.below, -1, scene.below],
  ] as const) {
    context.fillStyle = css(colours[sign > 0 ? 220 : 34]);
    columnsOf(side, sight.first, sight.span, columns).forEach((value, column) => {
      const tall = Math.min(value, limit) * perUnit;
      if (tall > 0) context.fillRect(GUTTER + column * wide, sign > 0 ? zero - tall : zero, wide, tall);
    });
  }
  context.fillStyle = theme.quiet;
}

function cells(
  context: CanvasRenderingContext2D,
  scene: Scene,
  change: Float32Array,
  from: number,
  end: number,
  x: (index: number) => number,
  each: number,
): void {
  const colours = lut(scene.cmap);
  const { letters: count } = scene.heights;
  const gap = each >= NARROWEST ? 1 : 0;
  const skip = Math.max(1, Math.floor(0.5 / each)); // several positions in half a pixel look like one
  for (let position = from; position < end; position += skip) {
    for (let letter = 0; letter < count; letter++) {
      const value = change[position * count + letter];
      if (Number.isNaN(value)) continue;
      const top = TALL + GAP + CELL * letter;
      const v = scene.changeLimit > 0 ? Math.max(-1, Math.min(1, value / scene.changeLimit)) : 0;
      context.fillStyle = css(colours[(127 + 127 * v + 0.5) | 0]);
      context.fillRect(x(position), top, Math.max(0.5, each * skip - gap), CELL - 1);
      if (scene.present[position] === letter && each >= NARROWEST) {
        context.fillStyle = DOT;
        context.fillRect(x(position) + each / 2 - 1.5, top + CELL / 2 - 2, 3, 3);
      }
    }
  }
}

function css(packed: number): string {
  return `rgb(${packed & 255} ${(packed >> 8) & 255} ${(packed >> 16) & 255})`;
}

/** One position in words. */
export function sentence(scene: Scene, index: number): string {
  const { heights, present, alphabet, change } = scene;
  const letter = alphabet[Math.min(present[index], heights.letters)] ?? "?";
  const relevance = scene.sides.above[index] - scene.sides.below[index];
  const words = `${letter} at ${nameOf(scene.count, index)}: R ${signed(relevance)}`;
  if (!change) return words;
  const others: string[] = [];
  for (let at = 0; at < heights.letters; at++) {
    const value = change[index * heights.letters + at];
    if (at !== present[index]) others.push(`${alphabet[at]} ${Number.isNaN(value) ? "?" : signed(value)}`);
  }
  return `${words}; mutated to ${others.join(", ")}`;
}

