/** What Python sent of a recording, checked, and a store in which its relevance is a picture: channels down, time across. */
import { bytesOf } from "../heatmap/source";
import type { Store } from "../store";

export interface Recording {
  names: string[];
  samples: number;
  rate: number;
  start: number;
  unit: string;
  /** f, of which a window has its share. */
  score: number;
  /** (channel, time) */
  signal: Float32Array;
  /** (channel, time) */
  relevance: Float32Array;
}

export interface HeadShape {
  /** Head coordinates: x to the right ear, y to the nose, the head's circle at radius 1. */
  positions: readonly (readonly [number, number])[];
  /** Points a side of a square that reaches from -extent to extent. */
  grid: number;
  extent: number;
  /** (grid, grid, channel), row 0 in front */
  weights: Float32Array;
}

export const WIRE: readonly string[] = ["_signal", "_relevance", "_recording", "_head", "_weights"];

/** null while there is nothing; throws a sentence where what was sent contradicts itself. */
export function readRecording(store: Store): Recording | null {
  const told = record(store.get("_recording"));
  if (!Array.isArray(told.channels) || told.channels.length === 0) return null;
  const names = told.channels.map(String);
  const [samples, rate, start] = [told.samples, told.rate, told.start].map(Number);
  const signal = floats(store.get("_signal"));
  const relevance = floats(store.get("_relevance"));
  const count = names.length * samples;
  if (!(rate > 0) || !Number.isFinite(start) || signal.length !== count || relevance.length !== count) {
    throw new Error(`The arrays do not fit ${names.length} channels of ${samples} samples.`);
  }
  return { names, samples, rate, start, unit: String(told.unit ?? ""), score: Number(told.score), signal, relevance };
}

/** null where no positions are known. */
export function readHead(store: Store, channels: number): HeadShape | null {
  const told = record(store.get("_head"));
  if (!Array.isArray(told.positions)) return null;
  const positions = told.positions.map((point) => [Number(point?.[0]), Number(point?.[1])] as const);
  const [grid, extent] = [told.grid, told.extent].map(Number);
  const weights = floats(store.get("_weights"));
  const fits = positions.length === channels && weights.length === grid * grid * channels && extent > 0;
  if (!fits || !positions.flat().every(Number.isFinite)) throw new Error("The head does not fit the channels.");
  return { positions, grid, extent, weights };
}

/** Limits, colours and their controls are then the heat map's; what belongs to photos alone has one value. */
export function pictureStore(store: Store): Store {
  const shape = (): [number, number] => {
    const told = record(store.get("_recording"));
    return Array.isArray(told.channels) ? [told.channels.length, Number(told.samples)] : [0, 0];
  };
  const fixed: Record<string, () => unknown> = {
    cursor: () => null,
    layout: () => "overlay",
    channel: () => "sum",
    pixelated: () => true,
    viewport: () => null,
    _channel_names: () => [],
    _shape: () => [1, ...shape()],
    _picture: () => new DataView(new ArrayBuffer(3 * shape()[0] * shape()[1])),
  };
  return {
    ...store,
    get: (name) => (Object.hasOwn(fixed, name) ? fixed[name]() : store.get(name)),
  };
}

/** Numbers at an offset where they can be read. */
function floats(value: unknown): Float32Array {
  const bytes = bytesOf(value) ?? new Uint8Array();
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, Math.floor(bytes.byteLength / 4));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
