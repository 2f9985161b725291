/** What the filter view reads from its store. */
import type { Store } from "../store";
import { readThrough, type Through } from "./choice";

export interface Layer {
  path: string;
  kind: string;
  shape: number[];
  /** Of the score that arrives there; null where that is not known. */
  share: number | null;
}

export interface Sums {
  whole: number;
  passed: number;
  held: number;
  round: number;
  absorbed: number | null;
  score: number;
  target: string;
  decomposes: boolean;
}

export const NAMES: readonly string[] = [
  "layer", "through", "unit", "cmap", "limit", "status", "progress", "error", "_layers", "_relevance", "_shape", "_serial",
  "_small_shape", "_filled", "_filling", "_sums", "_unit_relevance", "_unit_activation", "_inputs", "_likes", "_prototype",
];

/** Bytes as float32; messages may put an array at any offset, numbers need one that is a multiple of four. */
export function floats(value: unknown): Float32Array {
  if (value instanceof ArrayBuffer) return new Float32Array(value, 0, value.byteLength >> 2);
  if (!ArrayBuffer.isView(value)) return new Float32Array(0);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength >> 2);
}

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
const number = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);

export class Wire {
  constructor(readonly store: Store) {}

  get layer(): string {
    return String(this.store.get("layer") ?? "");
  }
  get layers(): Layer[] {
    const rows = this.store.get("_layers");
    return (Array.isArray(rows) ? rows : []).map(([path, kind, shape, share]) => ({
      path: String(path),
      kind: String(kind),
      shape: numbers(shape),
      share: typeof share === "number" && share >= 0 ? share : null,
    }));
  }
  get through(): Through {
    return readThrough(this.store.get("through"));
  }
  get unit(): number | null {
    const unit = this.store.get("unit");
    return typeof unit === "number" ? unit : null;
  }
  get cmap(): string {
    return String(this.store.get("cmap"));
  }
  get limit(): number {
    return number(this.store.get("limit"));
  }
  get serial(): number {
    return number(this.store.get("_serial"));
  }
  /** Of every unit, in units of the score. */
  get relevance(): Float32Array {
    return floats(this.store.get("_relevance"));
  }
  /** Positions of the layer: rows and columns; one row where it has one axis or none. */
  get positions(): { axes: number; rows: number; columns: number } {
    const [, ...places] = numbers(this.store.get("_shape"));
    const columns = places.at(-1) ?? 1;
    return { axes: places.length, rows: places.slice(0, -1).reduce((a, b) => a * b, 1), columns };
  }
  /** Rows and columns of a small map. */
  get small(): number[] {
    return numbers(this.store.get("_small_shape"));
  }
  get sums(): Sums | null {
    const sums = this.store.get("_sums");
    return sums && typeof sums === "object" && "whole" in sums ? (sums as Sums) : null;
  }

  /** How a unit's relevance is said: as a share of the whole, where there is a whole. */
  share(relevance: number): number | null {
    const sums = this.sums;
    return sums?.decomposes && Math.abs(sums.whole) > 0 ? relevance / sums.whole : null;
  }
}
