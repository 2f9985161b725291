/** Which units are kept, and which of them lie where in the list. Pure. */

/** A channel, or a channel at a position. */
export type Unit = number | [channel: number, position: number[]];
/** Units by module path; a layer without units filters nothing and is left out. */
export type Through = Record<string, Unit[]>;

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === "number");

/** What the store holds, whoever set it: anything that is no unit is left out. */
export function readThrough(value: unknown): Through {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).map(([path, units]): [string, Unit[]] => [
    path,
    (Array.isArray(units) ? units : []).filter(
      (unit) => typeof unit === "number" || (Array.isArray(unit) && typeof unit[0] === "number" && isNumbers(unit[1])),
    ),
  ]);
  return Object.fromEntries(entries.filter(([, units]) => units.length > 0));
}

export const channelOf = (unit: Unit): number => (typeof unit === "number" ? unit : unit[0]);

/** Channels that are kept at every position. */
export function keptWhole(through: Through, path: string): Set<number> {
  return new Set((through[path] ?? []).filter((unit) => typeof unit === "number"));
}

/** Positions that are kept, of the channels that are kept only in part. */
export function keptPositions(through: Through, path: string, channel: number): number[][] {
  const places = (through[path] ?? []).filter((unit) => typeof unit !== "number" && unit[0] === channel);
  return places.map((unit) => (unit as [number, number[]])[1]);
}

function withLayer(through: Through, path: string, units: Unit[]): Through {
  const { [path]: _, ...others } = through;
  return units.length ? { ...others, [path]: units } : others;
}

/** Keeps or drops whole channels; single positions of theirs are forgotten. */
export function setChannels(through: Through, path: string, channels: readonly number[], keep: boolean): Through {
  const meant = new Set(channels);
  const others = (through[path] ?? []).filter((unit) => !meant.has(channelOf(unit)));
  return withLayer(through, path, keep ? [...others, ...meant] : others);
}

/** Keeps a position, or drops it if it is kept. Of a channel that is kept whole, only this position stays. */
export function togglePosition(through: Through, path: string, channel: number, position: number[]): Through {
  const same = (unit: Unit): boolean => typeof unit !== "number" && unit[0] === channel && `${unit[1]}` === `${position}`;
  const units = (through[path] ?? []).filter((unit) => unit !== channel);
  const dropped = units.filter((unit) => !same(unit));
  return withLayer(through, path, dropped.length < units.length ? dropped : [...units, [channel, position]]);
}

/** Keeps the channels of which nothing was kept. */
export function invert(through: Through, path: string, count: number): Through {
  const some = new Set((through[path] ?? []).map(channelOf));
  return withLayer(through, path, [...Array(count).keys()].filter((channel) => !some.has(channel)));
}

/** Channels from the largest |relevance| to the smallest, equal ones by number: as Python ranks them. */
export function rank(relevance: Float32Array): number[] {
  return [...relevance.keys()].sort((a, b) => Math.abs(relevance[b]) - Math.abs(relevance[a]) || a - b);
}

/** A grid of equal cells that fills a width. */
export interface Grid {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

export function arrange(room: number, count: number, width: number, height: number): Grid {
  const columns = Math.max(1, Math.floor(room / width));
  return { columns, rows: Math.ceil(count / columns), width, height };
}

/** Places [from, to) of the cells of which a part lies between `top` and `top + room`. */
export function inSight(grid: Grid, count: number, top: number, room: number): [number, number] {
  const first = Math.max(0, Math.floor(top / grid.height));
  const last = Math.ceil((top + Math.max(room, 1)) / grid.height);
  return [Math.min(count, first * grid.columns), Math.min(count, last * grid.columns)];
}

/** The place of the cell that holds a point of the grid, or null. */
export function placeAt(grid: Grid, count: number, x: number, y: number): number | null {
  const column = Math.floor(x / grid.width);
  const row = Math.floor(y / grid.height);
  if (column < 0 || column >= grid.columns || row < 0) return null;
  const place = row * grid.columns + column;
  return place < count ? place : null;
}

/** The places that a line passes, however far apart two events of a fast hand are. */
export function placesBetween(grid: Grid, count: number, from: [number, number], to: [number, number]): number[] {
  const step = Math.min(grid.width, grid.height) / 4;
  const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step));
  const found = new Set<number>();
  for (let i = 0; i <= steps; i++) {
    const place = placeAt(grid, count, from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps);
    if (place !== null) found.add(place);
  }
  return [...found];
}

/** Where a key moves from a place; null for a key that moves nowhere. */
export function moved(key: string, place: number, count: number, columns: number, rows: number): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * Math.max(1, rows),
    PageDown: columns * Math.max(1, rows),
    Home: -count,
    End: count,
  };
  if (!Object.hasOwn(steps, key)) return null;
  return Math.max(0, Math.min(count - 1, place + steps[key]));
}
