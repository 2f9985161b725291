/** A flipping run as arrays, read from the store and checked: lrpwidgets/render/film.py says what each one is. */
import { bytesOf } from "../heatmap/source";
import type { Store } from "../store";

export interface Track {
  method: string;
  removal: string;
  /** How many steps are known; step 0 is the whole input. */
  steps: number;
  /** (steps + 1) by kind */
  scores: Map<string, Float64Array>;
  /** The predicted class after each step, -1 where it is not known. */
  top: Int32Array;
  channels: number;
  /** (channels, height, width): the step in which each pixel was removed, 0 for not yet. */
  rank: Uint16Array;
  /** (n, height, width), times `scales` the relevance after `mapSteps` steps. */
  maps: Int16Array;
  scales: Float64Array;
  mapSteps: Int32Array;
  limit: number;
  /** (m, height, width, 3), the input after `frameSteps`, only where removed values change on the way. */
  frames: Uint8Array;
  frameSteps: Int32Array;
}

export interface Film {
  width: number;
  height: number;
  picture: Uint8Array;
  removed: Map<string, Uint8Array>;
  tracks: Track[];
  total: number;
  recomputed: boolean;
  pixelated: boolean;
  target: string;
  order: string;
  caveat: string;
  /** What else to know of probabilities where relevance is recomputed. */
  inseparable: string;
  notes: string[];
  classes: Map<number, string>;
}

/** When one of these changes, the film is read anew. */
export const WIRE_NAMES: readonly string[] = ["_shape", "_picture", "_removed", "_tracks", "_maps", "_words"];

type Fields = Record<string, unknown>;

/** null while there is nothing to show yet; throws where the arrays contradict each other. */
export function readFilm(store: Store): Film | null {
  const picture = bytesOf(store.get("_picture"));
  const shape = store.get("_shape");
  const tracks = store.get("_tracks");
  const maps = store.get("_maps");
  if (!picture?.length || !Array.isArray(shape) || !Array.isArray(tracks) || !Array.isArray(maps)) return null;
  const [height, width] = shape.map(Number);
  expect(picture.length, 3 * height * width, "picture");
  const words = fields(store.get("_words"));
  const removed = new Map<string, Uint8Array>();
  for (const [name, value] of Object.entries(fields(store.get("_removed")))) {
    const bytes = bytesOf(value);
    expect(bytes?.length, picture.length, `picture with all removed (${name})`);
    removed.set(name, bytes as Uint8Array);
  }
  return {
    width,
    height,
    picture,
    removed,
    tracks: tracks.map((track, i) => readTrack(fields(track), fields(maps[i]), height * width, removed)),
    total: Math.max(1, Math.trunc(Number(words.total)) || 1),
    recomputed: words.recomputed === true,
    pixelated: words.pixelated === true,
    target: String(words.target ?? ""),
    order: String(words.order ?? ""),
    caveat: String(words.caveat ?? ""),
    inseparable: String(words.inseparable ?? ""),
    notes: Array.isArray(words.notes) ? words.notes.map(String) : [],
    classes: new Map(Object.entries(fields(words.classes)).map(([index, label]) => [Number(index), String(label)])),
  };
}

function readTrack(track: Fields, maps: Fields, size: number, removed: Map<string, Uint8Array>): Track {
  const top = numbers(track.top, Int32Array);
  const channels = Number(track.channels);
  const found: Track = {
    method: String(track.method),
    removal: String(track.removal),
    steps: top.length - 1,
    scores: new Map(
      Object.entries(fields(track.scores)).map(([kind, scores]) => [kind, numbers(scores, Float64Array)]),
    ),
    top,
    channels,
    rank: numbers(track.rank, Uint16Array),
    maps: numbers(maps.maps, Int16Array),
    scales: numbers(maps.scales, Float64Array),
    mapSteps: numbers(maps.map_steps, Int32Array),
    limit: Number(maps.limit) || 0,
    frames: bytesOf(maps.frames) ?? new Uint8Array(0),
    frameSteps: numbers(maps.frame_steps, Int32Array),
  };
  const where = `${found.method}, ${found.removal}`;
  expect(channels === 1 || channels === 3, true, `number of channels (${where})`);
  expect(found.rank.length, channels * size, `ranks (${where})`);
  expect(found.maps.length, found.mapSteps.length * size, `relevance (${where})`);
  expect(found.scales.length, found.mapSteps.length, `scales (${where})`);
  expect(found.frames.length, found.frameSteps.length * size * 3, `frames (${where})`);
  expect(top.length > 0 && removed.has(found.removal), true, `removal (${where})`);
  for (const scores of found.scores.values()) expect(scores.length, top.length, `scores (${where})`);
  return found;
}

/** Area under the curve up to `step` by trapezoids, divided by the steps; of one point its score. */
export function areaUnder(scores: Float64Array, step: number): number {
  if (step <= 0) return scores[0];
  let sum = 0;
  for (let i = 1; i <= step; i++) sum += (scores[i] + scores[i - 1]) / 2;
  return sum / step;
}

/** The first step at which another class is predicted than for the whole input; null if there is none. */
export function classChange(track: Track): number | null {
  const at = track.top.findIndex((top) => top !== track.top[0] && top >= 0);
  return at < 0 ? null : at;
}

/** The place of the last of `steps` (ascending) that is not after `step`; -1 where there is none at all. */
export function latest(steps: Int32Array, step: number): number {
  let at = -1;
  while (at + 1 < steps.length && (at < 0 || steps[at + 1] <= step)) at++;
  return at;
}

function numbers<T extends Int32Array | Float64Array | Uint16Array | Int16Array>(
  value: unknown,
  kind: { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
): T {
  const bytes = bytesOf(value) ?? new Uint8Array(0);
  const each = kind.BYTES_PER_ELEMENT;
  if (bytes.length % each) throw new Error(`The film has ${bytes.length} bytes where numbers of ${each} are needed.`);
  // Messages may put an array at any offset.
  const aligned = bytes.byteOffset % each === 0 ? bytes : bytes.slice();
  return new kind(aligned.buffer, aligned.byteOffset, bytes.length / each);
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function expect(found: unknown, wanted: unknown, what: string): void {
  if (found !== wanted) throw new Error(`The film contradicts itself: ${what} has ${String(found)}, not ${String(wanted)}.`);
}
