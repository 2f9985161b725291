/**
 * Shapes in source pixels, and which pixels they hold: to the pixel as lrpwidgets/measure does it.
 *
 *   box      rows top..bottom, columns left..right, ends exclusive
 *   ellipse  (dy wide)^2 + (dx tall)^2 <= (tall wide)^2 with dy, dx twice a centre's distance from the middle
 *   polygon  pixels whose centres an odd number of edges has to their right (even-odd rule)
 *   runs     pixels in reading order
 */
import { Growing, NONE, type Runs } from "./runs";
import type { Size } from "../geometry";

export type Point = readonly [row: number, column: number];

export interface Ends {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export type Shape =
  | ({ kind: "box" | "ellipse" } & Ends)
  | { kind: "polygon"; corners: Point[] }
  | { kind: "runs"; runs: number[] };

export interface Region {
  name: string;
  colour: string;
  shape: Shape;
}

export const MOST = 256;
export const LONGEST = 80;

/** Regions as anybody may have written them; what is no region of this picture is left out. */
export function readRegions(value: unknown, size: Size): Region[] {
  if (!Array.isArray(value)) return [];
  const found: Region[] = [];
  for (const entry of value.slice(0, MOST)) {
    const { name, colour, shape } = (entry ?? {}) as Record<string, unknown>;
    const read = readShape(shape, size);
    if (typeof name !== "string" || !read || found.some((one) => one.name === name)) continue;
    const known = typeof colour === "string" && /^#[0-9a-f]{6}$/i.test(colour);
    found.push({ name: name.slice(0, LONGEST), colour: known ? colour : "#9a9a9a", shape: read });
  }
  return found;
}

function readShape(value: unknown, { width, height }: Size): Shape | null {
  const shape = (value ?? {}) as Record<string, unknown>;
  if (shape.kind === "box" || shape.kind === "ellipse") {
    const { top, left, bottom, right } = shape as unknown as Ends;
    const whole = [top, left, bottom, right].every(Number.isInteger);
    const inside = top >= 0 && left >= 0 && top < bottom && left < right && bottom <= height && right <= width;
    return whole && inside ? { kind: shape.kind, top, left, bottom, right } : null;
  }
  if (shape.kind === "polygon" && Array.isArray(shape.corners)) {
    const corners = shape.corners.filter(
      (corner): corner is Point =>
        Array.isArray(corner) &&
        corner.length === 2 &&
        corner.every((at, axis) => Number.isFinite(at) && at >= 0 && at <= (axis === 0 ? height : width)),
    );
    return corners.length === shape.corners.length && corners.length >= 3 ? { kind: "polygon", corners } : null;
  }
  if (shape.kind === "runs" && Array.isArray(shape.runs)) {
    const { runs } = shape as { runs: number[] };
    const ordered = runs.every((end, i) => Number.isInteger(end) && end >= (i === 0 ? 0 : runs[i - 1]));
    const inside = runs.length % 2 === 0 && (runs.at(-1) ?? 0) <= width * height;
    return ordered && inside ? { kind: "runs", runs } : null;
  }
  return null;
}

/** The pixels of a shape. */
export function rasterise(shape: Shape, size: Size): Runs {
  switch (shape.kind) {
    case "box":
      return rows(shape.top, shape.bottom, size, () => [shape.left, shape.right]);
    case "ellipse":
      return ellipse(shape, size);
    case "polygon":
      return polygon(shape.corners, size);
    case "runs": {
      const out = new Growing();
      for (let i = 0; i < shape.runs.length; i += 2) out.add(shape.runs[i], shape.runs[i + 1], size.width);
      return out.done();
    }
  }
}

/** One interval a row. */
function rows(top: number, bottom: number, { width, height }: Size, at: (row: number) => readonly [number, number]): Runs {
  const out = new Growing();
  for (let row = Math.max(0, top); row < Math.min(bottom, height); row++) {
    const [left, right] = at(row);
    const from = Math.max(0, left);
    const to = Math.min(right, width);
    if (from < to) out.add(row * width + from, row * width + to, width);
  }
  return out.done();
}

function ellipse({ top, left, bottom, right }: Ends, size: Size): Runs {
  const tall = bottom - top;
  const wide = right - left;
  const inside = (row: number, column: number): boolean =>
    ((2 * row + 1 - top - bottom) * wide) ** 2 + ((2 * column + 1 - left - right) * tall) ** 2 <= (tall * wide) ** 2;
  return rows(top, bottom, size, (row) => {
    const dy = (2 * row + 1 - top - bottom) / tall;
    // Whole numbers decide; the root only says where to look.
    let from = Math.floor((left + right - wide * Math.sqrt(Math.max(0, 1 - dy * dy))) / 2);
    while (from > left && inside(row, from - 1)) from--;
    while (from < right && !inside(row, from)) from++;
    return [from, left + right - from];
  });
}

function polygon(corners: readonly Point[], { width, height }: Size): Runs {
  // An edge toggles the pixels of a row whose centres lie to its left: the first so many.
  const toggles: number[][] = Array.from({ length: height }, () => []);
  corners.forEach(([rowA, columnA], i) => {
    const [rowB, columnB] = corners[(i + 1) % corners.length];
    if (rowA === rowB) return;
    const last = Math.min(height, Math.ceil(Math.max(rowA, rowB) - 0.5));
    for (let row = Math.max(0, Math.ceil(Math.min(rowA, rowB) - 0.5)); row < last; row++) {
      const at = columnA + ((row + 0.5 - rowA) / (rowB - rowA)) * (columnB - columnA);
      toggles[row].push(Math.max(0, Math.min(width, Math.ceil(at - 0.5))));
    }
  });
  const out = new Growing();
  toggles.forEach((ends, row) => {
    ends.sort((a, b) => a - b);
    for (let i = 0; i + 1 < ends.length; i += 2) out.add(row * width + ends[i], row * width + ends[i + 1], width);
  });
  return out.done();
}

/** The pixels whose centres lie within `radius` of the line from a to b, and those under a and b. */
export function stroke(a: Point, b: Point, radius: number, size: Size): Runs {
  const [rowA, columnA] = a;
  const [dy, dx] = [b[0] - rowA, b[1] - columnA];
  const length = dy * dy + dx * dx;
  const near = (row: number, column: number): boolean => {
    const [y, x] = [row + 0.5 - rowA, column + 0.5 - columnA];
    const along = length > 0 ? Math.max(0, Math.min(1, (y * dy + x * dx) / length)) : 0;
    return (y - along * dy) ** 2 + (x - along * dx) ** 2 <= radius * radius;
  };
  const under = (point: Point, row: number): boolean => Math.floor(point[0]) === row;
  const left = Math.floor(Math.min(columnA, b[1]) - radius);
  const right = Math.ceil(Math.max(columnA, b[1]) + radius);
  const top = Math.floor(Math.min(rowA, b[0]) - Math.max(radius, 0.5));
  const bottom = Math.ceil(Math.max(rowA, b[0]) + Math.max(radius, 0.5)) + 1;
  // The set is convex: in each row it is one interval, found from both sides.
  return rows(top, bottom, size, (row) => {
    let from = left;
    while (from < right && !near(row, from)) from++;
    let to = right;
    while (to > from && !near(row, to - 1)) to--;
    for (const point of [a, b]) {
      if (!under(point, row)) continue;
      const column = Math.floor(point[1]);
      [from, to] = from < to ? [Math.min(from, column), Math.max(to, column + 1)] : [column, column + 1];
    }
    return [from, to];
  });
}

/** The box with two pixels for opposite corners. */
export function between(a: Point, b: Point): Ends {
  const [rowA, columnA, rowB, columnB] = [...a, ...b].map(Math.floor);
  return {
    top: Math.min(rowA, rowB),
    left: Math.min(columnA, columnB),
    bottom: Math.max(rowA, rowB) + 1,
    right: Math.max(columnA, columnB) + 1,
  };
}

export function empty(runs: Runs): boolean {
  return runs.length === 0;
}

export function asShape(runs: Runs): Shape {
  return { kind: "runs", runs: [...(runs ?? NONE)] };
}
