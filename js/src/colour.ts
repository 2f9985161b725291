/**
 * From relevance to colours, to the byte as lrpwidgets/render/heatmap.py does it (all in float64):
 *
 *   v = clip(R / limit, -1, 1)             index = floor(127 + 127 v + 0.5), 127 is zero and neutral
 *   overlay: p = 0.6 photo + 0.4 grey      a = opacity sqrt(|v|)      floor((1 - a) p + a lut + 0.5)
 *   pattern: m = clip(R / limit, 0, 1)     floor(photo m + 0.5)       P(x) = x * R+, on black
 *
 * Pictures out are packed 0xAABBGGRR, which in memory is the RGBA of a canvas (little-endian machines).
 */
import maps from "../../lrpwidgets/render/colormaps.json";

const MAPS = new Map(Object.entries(maps));

export const DEFAULT_MAP = "blue-red";
export const MAP_NAMES: readonly string[] = [...MAPS.keys()];

const OPAQUE = 0xff000000;

/** A colour map as 255 packed colours. Unknown names give the default, so that a stranger's file still shows. */
export function lut(name: string): Uint32Array {
  const hex = (MAPS.get(name) ?? maps[DEFAULT_MAP]).colors;
  const out = new Uint32Array(255);
  for (let i = 0; i < 255; i++) {
    const rgb = Number.parseInt(hex.slice(6 * i, 6 * i + 6), 16);
    out[i] = OPAQUE | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
  }
  return out;
}

export function describeMap(name: string): string {
  return MAPS.get(name)?.doc ?? "";
}

/** One plane to show: the channels' sum (float64, in order, then float32) or the channel with that index. */
export function plane(relevance: Float32Array, channels: number, channel: number | "sum"): Float32Array {
  const size = relevance.length / channels;
  if (channel !== "sum") return relevance.subarray(channel * size, (channel + 1) * size);
  if (channels === 1) return relevance;
  const out = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let at = i; at < relevance.length; at += size) sum += relevance[at];
    out[i] = sum;
  }
  return out;
}

export function largest(shown: Float32Array): number {
  let most = 0;
  for (let i = 0; i < shown.length; i++) {
    const value = Math.abs(shown[i]);
    if (value > most) most = value;
  }
  return most;
}

/** The limit by rule "max", or "99.5%": that quantile of |R| by the lower value, or the maximum where it is 0. */
export function automaticLimit(shown: Float32Array, rule: string): number {
  return (rule === "max" ? 0 : lowerQuantile(shown, 0.995)) || largest(shown);
}

/** The |value| of rank floor(q (n - 1)). The bits of floats >= 0 sort as integers: two counts replace a sort. */
export function lowerQuantile(values: Float32Array, q: number): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let rank = Math.floor(q * (values.length - 1));
  const upper = new Uint32Array(0x8000);
  for (let i = 0; i < bits.length; i++) upper[(bits[i] & 0x7fffffff) >>> 16]++;
  let high = 0;
  while (rank >= upper[high]) rank -= upper[high++];
  const lower = new Uint32Array(0x10000);
  for (let i = 0; i < bits.length; i++) if ((bits[i] & 0x7fffffff) >>> 16 === high) lower[bits[i] & 0xffff]++;
  let low = 0;
  while (rank >= lower[low]) rank -= lower[low++];
  return new Float32Array(new Uint32Array([high * 0x10000 + low]).buffer)[0];
}

/** Writes the colour index and sqrt(|v|) of each value: all that the map and the overlay need of R. */
export function quantise(shown: Float32Array, limit: number, index: Uint8Array, root: Float64Array): void {
  if (!(limit > 0)) {
    index.fill(127);
    root.fill(0);
    return;
  }
  for (let i = 0; i < shown.length; i++) {
    // Without branches: signs are as random as a coin, and a wrong guess costs more than the arithmetic.
    const v = Math.max(-1, Math.min(1, shown[i] / limit));
    index[i] = (127 + 127 * v + 0.5) | 0;
    root[i] = Math.sqrt(Math.abs(v));
  }
}

export function paintMap(out: Uint32Array, index: Uint8Array, colours: Uint32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = colours[index[i]];
}

export function paintInput(out: Uint32Array, photo: Uint8Array): void {
  for (let i = 0, k = 0; i < out.length; i++, k += 3) {
    out[i] = OPAQUE | (photo[k + 2] << 16) | (photo[k + 1] << 8) | photo[k];
  }
}

export function paintOverlay(
  out: Uint32Array,
  photo: Uint8Array,
  index: Uint8Array,
  root: Float64Array,
  colours: Uint32Array,
  opacity: number,
): void {
  for (let i = 0, k = 0; i < out.length; i++, k += 3) {
    const r = photo[k];
    const g = photo[k + 1];
    const b = photo[k + 2];
    const grey = 0.4 * (0.299 * r + 0.587 * g + 0.114 * b);
    const colour = colours[index[i]];
    const a = opacity * root[i];
    const rest = 1 - a;
    // Positive numbers: truncation to an integer is floor.
    const red = (rest * (0.6 * r + grey) + a * (colour & 255) + 0.5) | 0;
    const green = (rest * (0.6 * g + grey) + a * ((colour >> 8) & 255) + 0.5) | 0;
    const blue = (rest * (0.6 * b + grey) + a * ((colour >> 16) & 255) + 0.5) | 0;
    out[i] = OPAQUE | (blue << 16) | (green << 8) | red;
  }
}

export function paintPattern(out: Uint32Array, photo: Uint8Array, shown: Float32Array, limit: number): void {
  for (let i = 0, k = 0; i < out.length; i++, k += 3) {
    const m = limit > 0 ? Math.max(0, Math.min(1, shown[i] / limit)) : 0;
    const red = (photo[k] * m + 0.5) | 0;
    const green = (photo[k + 1] * m + 0.5) | 0;
    const blue = (photo[k + 2] * m + 0.5) | 0;
    out[i] = OPAQUE | (blue << 16) | (green << 8) | red;
  }
}
