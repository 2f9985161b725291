/** What a hand is drawing at the moment, tool by tool: points come in, pixels come out. Nothing here knows a page. */
import { intersect, NONE, type Runs, union } from "./runs";
import { asShape, between, type Point, rasterise, type Shape, stroke } from "./shapes";
import type { Size } from "../geometry";

export const TOOLS = ["pan", "rectangle", "ellipse", "polygon", "lasso", "brush", "eraser", "superpixel"] as const;
export type Tool = (typeof TOOLS)[number];
export type Mode = "new" | "add" | "remove";

export interface Stroke {
  readonly mode: Mode;
  /** The corners that stand, for those who draw by clicks. */
  readonly corners: readonly Point[];
  /** Follows the hand. */
  move(to: Point): void;
  /** Sets a corner; true when the shape is closed by it. */
  corner(at: Point): boolean;
  /** The pixels so far. */
  runs(): Runs;
  /** What a new region would be. */
  shape(): Shape;
}

export class BoxStroke implements Stroke {
  readonly corners: Point[];
  private end: Point;

  constructor(
    readonly mode: Mode,
    private readonly kind: "box" | "ellipse",
    private readonly start: Point,
    private readonly size: Size,
  ) {
    this.corners = [start];
    this.end = start;
  }

  move(to: Point): void {
    this.end = to;
  }

  corner(at: Point): boolean {
    this.end = at;
    return true;
  }

  runs(): Runs {
    return rasterise(this.shape(), this.size);
  }

  shape(): Shape {
    const { width, height } = this.size;
    const inside = ([row, column]: Point): Point => [Math.min(row, height - 1), Math.min(column, width - 1)];
    return { kind: this.kind, ...between(inside(this.start), inside(this.end)) };
  }
}

/** Corners by clicks; back at the first one, or twice at one place, it is closed. */
export class PolygonStroke implements Stroke {
  readonly corners: Point[];
  private end: Point;

  constructor(
    readonly mode: Mode,
    start: Point,
    private readonly size: Size,
    /** How near a click must come to a corner to mean it, in source pixels. */
    private readonly near: () => number,
  ) {
    this.corners = [fine(start)];
    this.end = start;
  }

  move(to: Point): void {
    this.end = to;
  }

  corner(at: Point): boolean {
    this.end = at;
    const meets = (corner: Point): boolean => Math.hypot(corner[0] - at[0], corner[1] - at[1]) <= this.near();
    if (this.corners.length >= 3 && (meets(this.corners[0]) || meets(this.corners.at(-1)!))) return true;
    if (!meets(this.corners.at(-1)!)) this.corners.push(fine(at));
    return false;
  }

  runs(): Runs {
    return rasterise({ kind: "polygon", corners: [...this.corners, this.end] }, this.size);
  }

  shape(): Shape {
    return { kind: "polygon", corners: this.corners };
  }
}

/** Eighths of a pixel: exact in both languages, and short in code. */
function fine([row, column]: Point): Point {
  return [Math.round(row * 8) / 8, Math.round(column * 8) / 8];
}

/** A line drawn freely; what it surrounds. */
export class LassoStroke implements Stroke {
  readonly corners: Point[];

  constructor(
    readonly mode: Mode,
    start: Point,
    private readonly size: Size,
  ) {
    this.corners = [start];
  }

  move(to: Point): void {
    const last = this.corners.at(-1)!;
    if (Math.hypot(to[0] - last[0], to[1] - last[1]) >= 0.5) this.corners.push(to);
  }

  corner(at: Point): boolean {
    this.move(at);
    return true;
  }

  runs(): Runs {
    return this.corners.length < 3 ? NONE : rasterise({ kind: "polygon", corners: this.corners }, this.size);
  }

  shape(): Shape {
    return asShape(this.runs());
  }
}

export class BrushStroke implements Stroke {
  readonly corners: Point[] = [];
  private painted: Runs;

  constructor(
    readonly mode: Mode,
    private last: Point,
    private readonly radius: number,
    private readonly size: Size,
  ) {
    this.last = inside(last, size);
    this.painted = stroke(this.last, this.last, radius, size);
  }

  move(point: Point): void {
    const to = inside(point, this.size);
    this.painted = union(this.painted, stroke(this.last, to, this.radius, this.size), this.size.width);
    this.last = to;
  }

  corner(at: Point): boolean {
    this.move(at);
    return true;
  }

  runs(): Runs {
    return this.painted;
  }

  shape(): Shape {
    return asShape(this.painted);
  }
}

/** Just inside the far edges, so that the pixel under the point is one of the picture. */
function inside([row, column]: Point, { width, height }: Size): Point {
  return [Math.min(row, height - 1e-3), Math.min(column, width - 1e-3)];
}

/** Superpixels that the hand went over. */
export class PickStroke implements Stroke {
  readonly corners: Point[] = [];
  private picked: Runs = NONE;

  constructor(
    readonly mode: Mode,
    start: Point,
    private readonly pieceAt: (point: Point) => Runs,
    private readonly size: Size,
  ) {
    this.move(start);
  }

  move(to: Point): void {
    const piece = this.pieceAt(inside(to, this.size));
    if (intersect(this.picked, piece, this.size.width).length === 0) {
      this.picked = union(this.picked, piece, this.size.width);
    }
  }

  corner(at: Point): boolean {
    this.move(at);
    return true;
  }

  runs(): Runs {
    return this.picked;
  }

  shape(): Shape {
    return asShape(this.picked);
  }
}
