/** Where the parts of the stage lie, in CSS pixels. Pure. */
import { clamp } from "../geometry";

export const GUTTER = 72; // names
export const EDGE = 56; // a bar of the unit
export const TOP = 6; // half of the first name
export const MOST_ROWS = 128;
const TALL = 600; // that the traces fill, about
const GAP = 8;
const SUM = 48;
const RULER = 20;

export interface Place {
  width: number;
  room: number;
  /** The first channel in sight, and how many; not whole. */
  first: number;
  rows: number;
  pitch: number;
  traces: number;
  sumTop: number;
  sumHeight: number;
  ruler: number;
  height: number;
}

/** `asked`: how many traces are in sight, null for all; `y`: how far their middle lies below that of all channels. */
export function placeOf(width: number, channels: number, asked: number | null, y: number, traced: boolean): Place {
  const rows = traced ? Math.min(channels, asked ?? MOST_ROWS, MOST_ROWS) : 0;
  const pitch = rows ? clamp(TALL / rows, 6, 96) : 0;
  const traces = rows * pitch;
  const sumTop = TOP + traces + (rows ? GAP : 0);
  const ruler = sumTop + SUM;
  const first = clamp(Math.round(channels / 2 + y - rows / 2), 0, channels - rows);
  return { width, room: Math.max(1, width - GUTTER - EDGE), first, rows, pitch, traces, sumTop, sumHeight: SUM, ruler, height: ruler + RULER };
}

/** The offset at which a channel is in sight, next to the present one. */
export function yShowing(place: Place, channels: number, channel: number): number {
  const first = clamp(place.first, channel - place.rows + 1, channel);
  return first + place.rows / 2 - channels / 2;
}

export function middleOf(place: Place, channel: number): number {
  return TOP + (channel - place.first + 0.5) * place.pitch;
}

/** The channel under `y`, or null where no trace is. */
export function channelAt(place: Place, y: number): number | null {
  const row = Math.floor((y - TOP) / place.pitch);
  return row >= 0 && row < place.rows ? place.first + row : null;
}
