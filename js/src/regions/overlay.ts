/** Outlines and names of regions over the picture, on canvases of their own: the relevance below is not drawn again. */
import { h } from "../dom";
import type { Size, Transform } from "../geometry";
import type { Stage } from "../heatmap/stage";
import type { Runs } from "./runs";
import type { Point, Shape } from "./shapes";

export interface Outline {
  name: string;
  colour: string;
  shape: Shape;
  runs: Runs;
  chosen: boolean;
}

/** What is in the making: corners that stand, joined up to the hand, and where the brush would paint. */
export interface Making {
  corners: readonly Point[];
  brush: { at: Point; radius: number } | null;
}

export class Overlay {
  private readonly canvases: HTMLCanvasElement[] = [];
  /** Outlines of runs are kept as long as the runs are. */
  private readonly paths = new WeakMap<Runs, Path2D>();

  draw(stage: Stage, size: Size, outlines: readonly Outline[], making: Making): void {
    const { frames, fit, at, ratio } = stage.place;
    frames.forEach((frame, i) => {
      const canvas = (this.canvases[i] ??= h("canvas", { class: "lrpw-outlines", "aria-hidden": "true" }));
      if (canvas.parentElement !== frame) frame.append(canvas);
      if (canvas.width !== fit.width) canvas.width = fit.width;
      if (canvas.height !== fit.height) canvas.height = fit.height;
      canvas.style.width = `${fit.width / ratio}px`;
      canvas.style.height = `${fit.height / ratio}px`;
      const context = canvas.getContext("2d");
      if (context) this.paint(context, at, ratio, size, outlines, making);
    });
  }

  private paint(
    context: CanvasRenderingContext2D,
    at: Transform,
    ratio: number,
    size: Size,
    outlines: readonly Outline[],
    making: Making,
  ): void {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.lineJoin = "round";
    for (const outline of outlines) {
      context.setTransform(at.scaleX, 0, 0, at.scaleY, at.originX, at.originY);
      const path = this.path(outline, size);
      const thick = ((outline.chosen ? 3 : 2) * ratio) / at.scaleX;
      context.strokeStyle = "rgba(0, 0, 0, 0.7)";
      context.lineWidth = thick + (2 * ratio) / at.scaleX;
      context.stroke(path);
      context.strokeStyle = outline.colour;
      context.lineWidth = thick;
      context.stroke(path);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const outline of outlines) label(context, at, ratio, size, outline);
    hint(context, at, ratio, making);
  }

  private path({ shape, runs }: Outline, size: Size): Path2D {
    let path = this.paths.get(runs);
    if (!path) this.paths.set(runs, (path = outlineOf(shape, runs, size)));
    return path;
  }
}

/** Smooth shapes as they are, everything else along the edges of its pixels. */
function outlineOf(shape: Shape, runs: Runs, { width }: Size): Path2D {
  const path = new Path2D();
  if (shape.kind === "box") {
    path.rect(shape.left, shape.top, shape.right - shape.left, shape.bottom - shape.top);
  } else if (shape.kind === "ellipse") {
    const [tall, wide] = [shape.bottom - shape.top, shape.right - shape.left];
    path.ellipse(shape.left + wide / 2, shape.top + tall / 2, wide / 2, tall / 2, 0, 0, 2 * Math.PI);
  } else if (shape.kind === "polygon") {
    shape.corners.forEach(([row, column], i) => (i === 0 ? path.moveTo(column, row) : path.lineTo(column, row)));
    path.closePath();
  } else edges(path, runs, width);
  return path;
}

function edges(path: Path2D, runs: Runs, width: number): void {
  let above: number[] = [];
  let aboveRow = -1;
  const horizontal = (row: number, a: readonly number[], b: readonly number[]): void => {
    // Where one row has a pixel and the other has none: every end of either begins or ends such a piece.
    const ends = [...a, ...b].sort((one, other) => one - other);
    for (let i = 0; i + 1 < ends.length; i += 2) {
      if (ends[i] === ends[i + 1]) continue;
      path.moveTo(ends[i], row);
      path.lineTo(ends[i + 1], row);
    }
  };
  for (let i = 0; i < runs.length; ) {
    const row = Math.floor(runs[i] / width);
    const here: number[] = [];
    for (; i < runs.length && Math.floor(runs[i] / width) === row; i += 2) {
      const [left, right] = [runs[i] - row * width, runs[i + 1] - row * width];
      here.push(left, right);
      for (const x of [left, right]) {
        path.moveTo(x, row);
        path.lineTo(x, row + 1);
      }
    }
    if (aboveRow === row - 1) horizontal(row, above, here);
    else {
      if (aboveRow >= 0) horizontal(aboveRow + 1, above, []);
      horizontal(row, [], here);
    }
    above = here;
    aboveRow = row;
  }
  if (aboveRow >= 0) horizontal(aboveRow + 1, above, []);
}

const LETTERS = 11; // CSS pixels

function label(context: CanvasRenderingContext2D, at: Transform, ratio: number, size: Size, outline: Outline): void {
  if (!outline.name || !outline.runs.length) return;
  const top = Math.floor(outline.runs[0] / size.width);
  const left = outline.runs[0] - top * size.width;
  const { width, height } = context.canvas;
  context.font = `600 ${LETTERS * ratio}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  const text = outline.name.length > 24 ? `${outline.name.slice(0, 23)}\u2026` : outline.name;
  const wide = context.measureText(text).width + 8 * ratio;
  const tall = 16 * ratio;
  const x = Math.max(0, Math.min(width - wide, left * at.scaleX + at.originX));
  const y = Math.max(0, Math.min(height - tall, top * at.scaleY + at.originY - tall));
  context.fillStyle = outline.colour;
  context.fillRect(x, y, wide, tall);
  context.fillStyle = isLight(outline.colour) ? "#000000" : "#ffffff";
  context.fillText(text, x + 4 * ratio, y + tall / 2);
}

export function isLight(colour: string): boolean {
  const value = Number.parseInt(colour.slice(1), 16);
  return 0.299 * (value >> 16) + 0.587 * ((value >> 8) & 255) + 0.114 * (value & 255) > 128;
}

function hint(context: CanvasRenderingContext2D, at: Transform, ratio: number, { corners, brush }: Making): void {
  const place = ([row, column]: Point): [number, number] => [
    column * at.scaleX + at.originX,
    row * at.scaleY + at.originY,
  ];
  for (const corner of corners) {
    context.beginPath();
    context.arc(...place(corner), 4 * ratio, 0, 2 * Math.PI);
    context.fillStyle = "#ffffff";
    context.fill();
    context.lineWidth = 1.5 * ratio;
    context.strokeStyle = "#000000";
    context.stroke();
  }
  if (!brush) return;
  const [x, y] = place(brush.at);
  for (const [colour, wide] of [["rgba(0, 0, 0, 0.7)", 3], ["#ffffff", 1]] as const) {
    context.beginPath();
    context.ellipse(x, y, brush.radius * at.scaleX, brush.radius * at.scaleY, 0, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = wide * ratio;
    context.stroke();
  }
}
