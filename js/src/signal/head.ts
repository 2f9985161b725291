/**
 * The head from above, nose up: V(p) = sum_i w_i(p) R_i with the weights that Python sent once. Between their points V is
 * interpolated, then coloured, so that colours are those of values and not mixtures.
 */
import { lut } from "../colour";
import { h } from "../dom";
import type { Ink } from "../ink";
import { strongest } from "./sums";
import type { HeadShape } from "./wire";

const ROOM = 0.16; // from the map to the edge, in radii: the nose and the ears
const NAMED = 24; // electrodes that all get their names; of more, the strongest few
const STRONGEST = 5;
const DARK = "rgb(33 33 33)"; // on the map, whose zero is light in either theme
const MAPPED = "rgb(97 97 97)";
const NEAR = 0.12; // radii within which the pointer finds an electrode

/** V at the grid's points, (grid, grid). */
export function field({ grid, weights }: HeadShape, values: Float64Array): Float64Array {
  const out = new Float64Array(grid * grid);
  const count = values.length;
  for (let at = 0, k = 0; at < out.length; at++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[k++] * values[i];
    out[at] = sum;
  }
  return out;
}

/** V between the points of the grid; (x, y) are head coordinates. */
export function between(values: Float64Array, { grid, extent }: HeadShape, x: number, y: number): number {
  const column = Math.max(0, Math.min(grid - 1, ((x / extent + 1) / 2) * grid - 0.5));
  const row = Math.max(0, Math.min(grid - 1, ((1 - y / extent) / 2) * grid - 0.5));
  const [i, j] = [Math.min(grid - 2, Math.floor(row)), Math.min(grid - 2, Math.floor(column))];
  const [s, t] = [row - i, column - j];
  const at = i * grid + j;
  const upper = values[at] * (1 - t) + values[at + 1] * t;
  return upper * (1 - s) + (values[at + grid] * (1 - t) + values[at + grid + 1] * t) * s;
}

/** The electrode at (x, y) in head coordinates, or null. */
export function electrodeAt({ positions }: HeadShape, x: number, y: number): number | null {
  let found: number | null = null;
  let closest = NEAR;
  positions.forEach(([px, py], at) => {
    const away = Math.hypot(px - x, py - y);
    if (away < closest) [closest, found] = [away, at];
  });
  return found;
}

export class Head {
  readonly canvas = h("canvas", { class: "lrpw-head", role: "img" });
  private shape: HeadShape | null = null;

  update(
    shape: HeadShape,
    values: Float64Array,
    names: readonly string[],
    marked: readonly (number | null)[],
    limit: number,
    cmap: string,
    ink: Ink,
  ): void {
    this.shape = shape;
    const side = Math.max(120, this.canvas.clientWidth);
    const ratio = window.devicePixelRatio || 1;
    const size = Math.round(side * ratio);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.paint(context, shape, field(shape, values), size, limit, cmap);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scale = side / 2 / (shape.extent + ROOM);
    context.save();
    context.translate(side / 2, side / 2);
    outline(context, shape.extent, scale, side, ink);
    electrodes(context, shape, values, names, marked, scale, side);
    context.restore();
  }

  /** The electrode under the pointer. */
  under(event: PointerEvent): number | null {
    if (!this.shape) return null;
    const box = this.canvas.getBoundingClientRect();
    const scale = box.width / 2 / (this.shape.extent + ROOM);
    const x = (event.clientX - box.x - box.width / 2) / scale;
    return electrodeAt(this.shape, x, -(event.clientY - box.y - box.height / 2) / scale);
  }

  private paint(
    context: CanvasRenderingContext2D,
    shape: HeadShape,
    values: Float64Array,
    size: number,
    limit: number,
    cmap: string,
  ): void {
    const picture = new ImageData(size, size);
    const pixels = new Uint32Array(picture.data.buffer);
    const colours = lut(cmap);
    const radius = (size / 2 / (shape.extent + ROOM)) * shape.extent;
    for (let row = 0; row < size; row++) {
      const y = -(row + 0.5 - size / 2) / radius;
      const half = Math.sqrt(Math.max(0, 1 - y * y)) * radius;
      const end = Math.min(size, Math.floor(size / 2 + half + 0.5));
      for (let column = Math.max(0, Math.ceil(size / 2 - half - 0.5)); column < end; column++) {
        const x = (column + 0.5 - size / 2) / radius;
        const value = between(values, shape, x * shape.extent, y * shape.extent);
        const v = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
        pixels[row * size + column] = colours[(127 + 127 * v + 0.5) | 0];
      }
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.putImageData(picture, 0, 0);
  }
}

/** Circle, nose and ears; the head's circle has radius 1. What lies on the map is dark in either theme. */
function outline(context: CanvasRenderingContext2D, extent: number, scale: number, side: number, ink: Ink): void {
  const lines = new Path2D();
  lines.moveTo(-0.1 * scale, -0.995 * scale);
  lines.lineTo(0, -1.12 * scale);
  lines.lineTo(0.1 * scale, -0.995 * scale);
  for (const ear of [-1, 1]) {
    lines.moveTo(ear * 0.995 * scale, 0.16 * scale);
    lines.ellipse(ear * 0.995 * scale, 0, 0.08 * scale, 0.16 * scale, 0, Math.PI / 2, -Math.PI / 2, ear > 0);
  }
  context.lineWidth = Math.max(1.5, side / 200);
  context.lineJoin = "round";
  context.strokeStyle = ink.quiet;
  context.save();
  const beside = new Path2D();
  beside.rect(-side, -side, 2 * side, 2 * side);
  beside.arc(0, 0, extent * scale, 0, 2 * Math.PI);
  context.clip(beside, "evenodd");
  context.stroke(lines);
  context.restore();
  context.save();
  context.beginPath();
  context.arc(0, 0, extent * scale, 0, 2 * Math.PI);
  context.clip();
  context.strokeStyle = MAPPED;
  context.stroke(lines);
  context.beginPath();
  context.arc(0, 0, scale, 0, 2 * Math.PI);
  context.stroke();
  context.restore();
}

function electrodes(
  context: CanvasRenderingContext2D,
  { positions }: HeadShape,
  values: Float64Array,
  names: readonly string[],
  marked: readonly (number | null)[],
  scale: number,
  side: number,
): void {
  context.fillStyle = context.strokeStyle = DARK;
  for (const [x, y] of positions) {
    context.beginPath();
    context.arc(scale * x, -scale * y, Math.max(1.2, side / 150), 0, 2 * Math.PI);
    context.fill();
  }
  const named = new Set<number>(positions.length <= NAMED ? positions.keys() : strongest(values, STRONGEST));
  for (const at of marked) {
    if (at === null) continue;
    named.add(at);
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(scale * positions[at][0], -scale * positions[at][1], 6, 0, 2 * Math.PI);
    context.stroke();
  }
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "top";
  context.lineWidth = 2.5;
  context.lineJoin = "round";
  for (const at of named) {
    const [x, y] = [scale * positions[at][0], -scale * positions[at][1] + 4];
    context.strokeStyle = "rgb(255 255 255 / 0.7)";
    context.strokeText(names[at].slice(0, 12), x, y);
    context.fillText(names[at].slice(0, 12), x, y);
  }
}
