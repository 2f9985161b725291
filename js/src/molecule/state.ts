/** What Python sends of a molecule, read with care: a store may hold nothing yet, or a stranger's file. */
import { clamp } from "../geometry";
import type { Store } from "../store";
import { type Matrix, type Quaternion, UPRIGHT, unit } from "./rotation";

export interface Molecule {
  formula: string;
  symbols: readonly string[];
  names: readonly string[];
  /** In Angstrom, around the middle of the atoms. */
  positions: readonly (readonly [number, number, number])[];
  radii: readonly number[];
  bonds: readonly (readonly [number, number])[];
  /** The axes along which it is drawn at first. */
  axes: Matrix;
  relevance: Float32Array;
}

export interface Probe {
  values: Float32Array;
  /** Points along x, y and z. */
  counts: readonly [number, number, number];
  /** The first point, from the middle of the atoms, and the steps between points. */
  origin: readonly number[];
  step: readonly number[];
  limit: number;
  unit: string;
}

export interface Turned {
  rotation: Quaternion;
  zoom: number;
}

export const MAX_ZOOM = 8;
export const MIN_ZOOM = 0.5;
export const AXES = ["x", "y", "z"] as const;

export function floats(value: unknown): Float32Array {
  if (!ArrayBuffer.isView(value)) return new Float32Array(0);
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
}

export function readMolecule(store: Store): Molecule | null {
  const sent = store.get("_molecule") as Record<string, unknown> | undefined;
  const relevance = floats(store.get("_relevance"));
  if (!sent || !Array.isArray(sent.symbols) || sent.symbols.length !== relevance.length) return null;
  return { ...(sent as unknown as Omit<Molecule, "relevance">), relevance };
}

export function readProbe(store: Store): Probe | null {
  const sent = store.get("_grid") as Record<string, unknown> | undefined;
  if (!sent || !Array.isArray(sent.counts)) return null;
  const probe = { ...(sent as unknown as Omit<Probe, "values">), values: floats(store.get("_probe")) };
  const [x, y, z] = probe.counts;
  return probe.values.length === x * y * z ? probe : null;
}

export function readViewport(store: Store): Turned {
  const sent = store.get("viewport") as Partial<Turned> | undefined;
  const rotation = sent?.rotation;
  const good = Array.isArray(rotation) && rotation.length === 4 && rotation.every(Number.isFinite);
  const zoom = typeof sent?.zoom === "number" && Number.isFinite(sent.zoom) ? sent.zoom : 1;
  return { rotation: good ? unit(rotation as unknown as Quaternion) : UPRIGHT, zoom: clamp(zoom, MIN_ZOOM, MAX_ZOOM) };
}

/** The plane of a slice: values [column, row] and where they lie, in Angstrom. */
export interface Plane {
  values: Float32Array;
  columns: number;
  rows: number;
  corner: readonly number[];
  across: readonly number[];
  along: readonly number[];
  /** The coordinate of the slice along its axis, from the middle of the atoms. */
  at: number;
}

/** Slice number `index` across `axis` (0, 1, 2 for x, y, z). */
export function slicePlane(probe: Probe, axis: number, index: number): Plane {
  const [first, second] = [0, 1, 2].filter((each) => each !== axis);
  const columns = probe.counts[first];
  const rows = probe.counts[second];
  const stride = [probe.counts[1] * probe.counts[2], probe.counts[2], 1];
  const values = new Float32Array(columns * rows);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < rows; j++) {
      values[i * rows + j] = probe.values[i * stride[first] + j * stride[second] + index * stride[axis]];
    }
  }
  const vector = (each: number): number[] => [0, 1, 2].map((k) => (k === each ? probe.step[k] : 0));
  const corner = [...probe.origin];
  corner[axis] += index * probe.step[axis];
  return { values, columns, rows, corner, across: vector(first), along: vector(second), at: corner[axis] };
}
