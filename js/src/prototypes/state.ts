/** What Python says about searches, frames and cards, checked; which frame is on the screen. Pure. */
import { plain } from "../format";
import type { Store } from "../store";

/** Score, probability of the class, log density, distance to the reference; null where there is none. */
export type Facts = readonly (number | null)[];

/** Pictures (frame, batch, height, width, channel), with number and facts of each. */
export interface Film {
  pixels: Uint8Array;
  frames: number;
  batch: number;
  height: number;
  width: number;
  channels: number;
  numbers: number[];
  facts: Facts[][];
  note: string;
}

export interface Column {
  name: string;
  expert: string;
  error: string;
  running: boolean;
  weight: number | null;
  labels: string[];
  ended: string[];
  notes: string[];
  film: Film;
}

export interface Card {
  name: string;
  recipe: string;
  facts: string[];
  code: string;
  film: Film;
}

export interface Sweep {
  name: string;
  weights: number[];
  planned: number;
  labels: string[];
  film: Film;
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

/** Frames as sent; nothing at all where bytes and shape contradict each other. */
export function readFilm(value: unknown): Film {
  const sent = fields(value);
  const [frames = 0, batch = 0, height = 0, width = 0, channels = 1] = list<number>(sent.shape);
  const bytes = sent.pixels as ArrayBufferView | undefined;
  const pixels = bytes?.buffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(0);
  const fits = pixels.length === frames * batch * height * width * channels;
  const shape = fits ? { frames, batch, height, width, channels } : { frames: 0, batch: 0, height: 0, width: 0, channels: 1 };
  return { pixels, ...shape, numbers: list(sent.numbers), facts: list(sent.facts), note: String(sent.note ?? "") };
}

export function readColumns(store: Store): Column[] {
  return list<unknown>(store.get("_columns")).map((value) => {
    const sent = fields(value);
    return {
      name: String(sent.name ?? ""),
      expert: String(sent.expert ?? ""),
      error: String(sent.error ?? ""),
      running: sent.running === true,
      weight: typeof sent.weight === "number" ? sent.weight : null,
      labels: list(sent.labels),
      ended: list(sent.ended),
      notes: list(sent.notes),
      film: readFilm(sent),
    };
  });
}

export function readSweep(store: Store): Sweep | null {
  const sent = fields(store.get("_sweep"));
  const film = readFilm(sent);
  if (!film.frames) return null;
  return {
    name: String(sent.name),
    weights: list(sent.weights),
    planned: Number(sent.planned),
    labels: list(sent.labels),
    film,
  };
}

export function readCards(store: Store): Card[] {
  return list<unknown>(store.get("_cards")).map((value) => {
    const sent = fields(value);
    return {
      name: String(sent.name),
      recipe: String(sent.recipe),
      facts: list(sent.facts),
      code: String(sent.code),
      film: readFilm(sent),
    };
  });
}

/** The place of the last frame whose number is at most `number`; null: the last frame. */
export function frameAt(numbers: readonly number[], number: number | null): number {
  const last = numbers.length - 1;
  if (number === null) return last;
  let place = 0;
  for (let i = 0; i <= last; i++) if (numbers[i] <= number) place = i;
  return place;
}

/** The number of the frame that a column is asked to show: its own, else that of all columns, else the last (null). */
export function askedNumber(store: Store, name: string): number | null {
  const own = fields(store.get("at"))[name];
  const all = store.get("step");
  if (typeof own === "number") return own;
  return typeof all === "number" ? all : null;
}

/** `at` with a column put to the frame at `place`; the last frame is what a column shows anyway, unless all are put. */
export function putAt(store: Store, name: string, numbers: readonly number[], place: number): Fields {
  const at = { ...fields(store.get("at")) };
  delete at[name];
  if (place < numbers.length - 1 || typeof store.get("step") === "number") at[name] = numbers[place];
  return at;
}

/** Whether a score is log p(c|x) of the class whose probability stands beside it. */
export function isLogProbability([score, probability]: Facts): boolean {
  return score !== null && probability !== null && Math.abs(Math.exp(score) - probability) < 1e-3;
}

/** Names and values as they are read beside a picture. */
export function told(facts: Facts): [string, string][] {
  const [score, probability, density, distance] = facts;
  const value = (x: number | null): string => (x === null ? "not finite" : plain(x, 5));
  const rows: [string, string][] = [];
  if (probability !== null) rows.push(["p(class)", probability.toFixed(4)]);
  rows.push([isLogProbability(facts) ? "log p(c|x)" : "score", value(score)], ["log density", value(density)]);
  if (distance !== null && distance !== undefined) rows.push(["distance", value(distance)]);
  return rows;
}

/** A weight as somebody would type it. */
export function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Bytes of one picture as RGBA. */
export function rgba(film: Film, frame: number, row: number): Uint8ClampedArray<ArrayBuffer> {
  const { height, width, channels, batch, pixels } = film;
  const count = height * width;
  const out = new Uint8ClampedArray(4 * count);
  const start = (frame * batch + row) * count * channels;
  for (let i = 0, from = start, to = 0; i < count; i++, from += channels, to += 4) {
    out[to] = pixels[from];
    out[to + 1] = pixels[channels === 1 ? from : from + 1];
    out[to + 2] = pixels[channels === 1 ? from : from + 2];
    out[to + 3] = 255;
  }
  return out;
}
