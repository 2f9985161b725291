/** Any step of a film as pixels, from its arrays alone, as lrpwidgets/render/film.py paints it. */
import { lut } from "../colour";
import type { Read } from "../heatmap/readout";
import { type Film, latest, type Track } from "./film";
import { Departures } from "./outline";

export type Layer = "input" | "map";

/** What a frame depends on. */
export interface Look {
  track: Track;
  step: number;
  cmap: string;
  pixelated: boolean;
}

const OPAQUE = 0xff000000;
/** What stands for removed pixels in a map of the first relevance. */
const GREY = 0xff808080;
const VALUES = 65536;

/** What a layer's pixels hold. */
interface Held {
  out: Uint32Array;
  track: Track;
  /** Which of the track's kept pictures or maps, and in which colours. */
  of: string;
  step: number;
}

export class FlipPainter {
  readonly source: Film;
  private readonly whole: Uint32Array;
  private readonly gone = new Map<string, Uint32Array>();
  /** The colour of each 16 bit value, for one scale, limit and colour map. */
  private readonly colours = new Uint32Array(VALUES);
  private tabled = "";
  private readonly held = new Map<Layer, Held>();
  private left: Departures | null = null;

  constructor(film: Film) {
    this.source = film;
    this.whole = packed(film.picture, 0);
  }

  /** Equal keys, equal pictures. */
  key(layer: Layer, look: Look): string {
    const { track, step, cmap } = look;
    const base = `${layer}|${track.method}|${track.removal}|${step}`;
    return layer === "map" ? `${base}|${cmap}` : base;
  }

  departures(track: Track): Departures {
    if (this.left?.track !== track) this.left = new Departures(this.source, track);
    return this.left;
  }

  /** Does again only the pixels that went, or came back, since the step that `out` holds; tells their rows. */
  paint(layer: Layer, look: Look, out: Uint32Array): Uint8Array | void {
    const { track, step } = look;
    const { width } = this.source;
    const pixel = layer === "map" ? this.map(look, out.length) : this.input(look, out.length);
    const of = layer === "map" ? `${latest(track.mapSteps, step)}|${look.cmap}` : String(latest(track.frameSteps, step));
    const before = this.held.get(layer);
    this.held.set(layer, { out, track, of, step });
    if (before?.out !== out || before.track !== track || before.of !== of) {
      for (let i = 0; i < out.length; i++) out[i] = pixel(i);
      return;
    }
    const touched = new Uint8Array(this.source.height);
    const departures = this.departures(track);
    for (let each = Math.min(before.step, step) + 1; each <= Math.max(before.step, step); each++) {
      for (const i of departures.at(each)) {
        out[i] = pixel(i);
        touched[Math.floor(i / width)] = 1;
      }
    }
    return touched;
  }

  /** What a pixel holds at a step, and its relevance as far as there is any: none of what is gone. */
  read(look: Look, row: number, column: number): Read {
    const { track, step } = look;
    const { width, height, recomputed } = this.source;
    const [i, size] = [row * width + column, width * height];
    const colour = this.input(look, size)(i);
    const at = latest(track.mapSteps, step);
    const last = Math.max(...Array.from({ length: track.channels }, (_, c) => (track.rank[i + c * size] - 1) >>> 0));
    const known = at >= 0 && (recomputed || last >= step);
    const value = known ? Math.fround(track.maps[at * size + i] * track.scales[at]) : null;
    return { x: column, y: row, value, pixel: [colour & 0xff, (colour >>> 8) & 0xff, (colour >>> 16) & 0xff] };
  }

  /** The colour of each pixel of the input at a step. */
  private input({ track, step }: Look, size: number): (i: number) => number {
    const frame = latest(track.frameSteps, step);
    if (frame >= 0) {
      const colours = packed(track.frames, frame * size * 3, size);
      return (i) => colours[i];
    }
    const { whole } = this;
    const { rank } = track;
    const gone = this.everythingGone(track.removal);
    // A rank of 0 wraps around to the largest number: it is never below the step.
    if (track.channels === 1) return (i) => ((rank[i] - 1) >>> 0 < step ? gone[i] : whole[i]);
    return (i) => {
      let mask = 0;
      if ((rank[i] - 1) >>> 0 < step) mask |= 0xff;
      if ((rank[i + size] - 1) >>> 0 < step) mask |= 0xff00;
      if ((rank[i + 2 * size] - 1) >>> 0 < step) mask |= 0xff0000;
      return (whole[i] & ~mask) | (gone[i] & mask);
    };
  }

  /** The colour of each pixel's relevance at a step. */
  private map({ track, step, cmap }: Look, size: number): (i: number) => number {
    const at = latest(track.mapSteps, step);
    if (at < 0) {
      const neutral = lut(cmap)[127];
      return () => neutral;
    }
    const colours = this.table(track, track.scales[at], cmap);
    const maps = track.maps.subarray(at * size, (at + 1) * size);
    const { rank } = track;
    if (this.source.recomputed) return (i) => colours[maps[i] & 0xffff];
    if (track.channels === 1) return (i) => ((rank[i] - 1) >>> 0 < step ? GREY : colours[maps[i] & 0xffff]);
    return (i) => {
      const last = Math.max((rank[i] - 1) >>> 0, (rank[i + size] - 1) >>> 0, (rank[i + 2 * size] - 1) >>> 0);
      return last < step ? GREY : colours[maps[i] & 0xffff];
    };
  }

  private table(track: Track, scale: number, cmap: string): Uint32Array {
    const key = `${scale}|${track.limit}|${cmap}`;
    if (key !== this.tabled) {
      const colours = lut(cmap);
      const { limit } = track;
      for (let bits = 0; bits < VALUES; bits++) {
        const value = Math.fround(((bits << 16) >> 16) * scale);
        const v = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
        this.colours[bits] = colours[(127 + 127 * v + 0.5) | 0];
      }
      this.tabled = key;
    }
    return this.colours;
  }

  private everythingGone(removal: string): Uint32Array {
    let found = this.gone.get(removal);
    if (!found) this.gone.set(removal, (found = packed(this.source.removed.get(removal) ?? this.source.picture, 0)));
    return found;
  }
}

/** RGB bytes as the packed colours of a canvas. */
function packed(rgb: Uint8Array, start: number, count = rgb.length / 3): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0, k = start; i < count; i++, k += 3) out[i] = OPAQUE | (rgb[k + 2] << 16) | (rgb[k + 1] << 8) | rgb[k];
  return out;
}
