/** What a comparison keeps in its store: cells, which of them share a scale, which two are subtracted, a region. */
import { readSource, type Source } from "../heatmap/source";
import type { Store } from "../store";

export const SCALES = ["shared", "row", "column", "cell"] as const;
export type Scale = (typeof SCALES)[number];
/** [top, left, bottom, right] in source pixels, ends exclusive. */
export type Region = [number, number, number, number];
export type Pair = [a: number, b: number];

/** What is said of a cell. `shape` is null as long as it has no map. */
export interface Words {
  row: number;
  column: number;
  input: number;
  name: string;
  error: string;
  shape: number[] | null;
  channels: string[];
  target: string;
  lines: string[];
  notes: string;
  unit: string;
}

export const STATE_NAMES = ["scale", "selected", "difference", "region", "measures"] as const;
export const WIRE_NAMES = ["_cells", "_headings", "_titles", "_known_measures"] as const;

export function readCells(store: Store): Words[] {
  const value = store.get("_cells");
  return Array.isArray(value) ? value.map(readWords) : [];
}

function readWords(value: unknown): Words {
  const cell = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    row: whole(cell.row),
    column: whole(cell.column),
    input: whole(cell.input),
    name: String(cell.name ?? ""),
    error: String(cell.error ?? ""),
    shape: Array.isArray(cell.shape) ? cell.shape.map(Number) : null,
    channels: texts(cell.channels),
    target: String(cell.target ?? ""),
    lines: texts(cell.lines).filter(Boolean),
    notes: String(cell.notes ?? ""),
    unit: String(cell.unit ?? ""),
  };
}

/** The arrays of a cell, as the heat map reads its own; null while there are none. */
export function sourceOf(store: Store, at: number, words: Words): Source | null {
  if (!words.shape) return null;
  const arrays: Record<string, unknown> = {
    _picture: store.get(`_picture_${words.input}`),
    _relevance: store.get(`_map_${at}`),
    _shape: words.shape,
    _channel_names: words.channels,
  };
  return readSource({ ...store, get: (name) => arrays[name] });
}

export function readScale(store: Store): Scale {
  return SCALES.find((name) => name === store.get("scale")) ?? "shared";
}

/** Cells of equal groups share a limit. */
export function groupOf(scale: Scale, words: Words): string {
  if (scale === "row") return `row ${words.row}`;
  if (scale === "column") return `column ${words.column}`;
  return scale === "cell" ? `cell ${words.row} ${words.column}` : "shared";
}

export function readRegion(store: Store): Region | null {
  const value = store.get("region");
  if (!Array.isArray(value) || value.length !== 4 || !value.every(Number.isInteger)) return null;
  const [top, left, bottom, right] = value as Region;
  return top >= 0 && left >= 0 && bottom > top && right > left ? [top, left, bottom, right] : null;
}

/** The rectangle that has two pixels in its corners. */
export function between(one: readonly [number, number], other: readonly [number, number]): Region {
  const rows = [one[0], other[0]].sort((a, b) => a - b);
  const columns = [one[1], other[1]].sort((a, b) => a - b);
  return [rows[0], columns[0], rows[1] + 1, columns[1] + 1];
}

/** The sum of a plane (height, width) over a region, and what of the region lies outside left out. */
export function sumOver(plane: Float32Array, width: number, region: Region): number {
  const [top, left, bottom, right] = region;
  const height = plane.length / width;
  let sum = 0;
  for (let row = top; row < Math.min(bottom, height); row++) {
    for (let at = row * width + left; at < row * width + Math.min(right, width); at++) sum += plane[at];
  }
  return sum;
}

export function sumOf(plane: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < plane.length; i++) sum += plane[i];
  return sum;
}

export function readPair(store: Store, count: number): Pair | null {
  const value = store.get("difference");
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [a, b] = value.map(whole);
  return a !== b && a < count && b < count ? [a, b] : null;
}

/** A and B of a difference while they are chosen, one after the other; choosing again takes it back. */
export interface Choice {
  a: number | null;
  b: number | null;
}

export function choose(now: Choice, which: "a" | "b", cell: number): Choice {
  const other = which === "a" ? "b" : "a";
  const next = { ...now, [which]: now[which] === cell ? null : cell };
  if (next[other] === next[which]) next[other] = null;
  return next;
}

/** R_A - R_B channel by channel, as float32; null where the two differ in size. */
export function subtract(a: Source, b: Source): Source | null {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) return null;
  return { ...a, relevance: a.relevance.map((value, i) => value - b.relevance[i]) };
}

/** The cell next to `at` in a direction; itself at the edge. */
export function neighbour(at: number, rows: number, columns: number, wide: number, count: number): number {
  const column = (at % wide) + columns;
  const next = Math.floor(at / wide) * wide + column + rows * wide;
  return column >= 0 && column < wide && next >= 0 && next < count ? next : at;
}

/** How many cells stand side by side, and how wide each is, in CSS pixels. */
export function arrange(room: number, columns: number, gap: number, least: number, most: number) {
  const beside = Math.max(1, Math.min(columns, Math.floor((room + gap) / (least + gap))));
  return { beside, width: Math.max(1, Math.min(most, Math.floor((room - gap * (beside - 1)) / beside))) };
}

function whole(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : 0;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
