/** What a column of pixels shows of the samples in it: the reach of the line, and the relevance farthest from 0. Pure. */
import { lowerQuantile } from "../colour";

/** Samples `first` to `first + span` over `columns` columns: where each column's samples begin; one entry more. */
export function starts(first: number, span: number, columns: number, samples: number): Int32Array {
  return Int32Array.from({ length: columns + 1 }, (_, column) =>
    Math.max(0, Math.min(samples, Math.floor(first + (column / columns) * span + 1e-9))),
  );
}

/** Lowest and highest value in each column of one row, and of the lines that lead out of it. */
export function reach(row: Float32Array, from: Int32Array, low: Float32Array, high: Float32Array): void {
  const last = row.length - 1;
  for (let column = 0; column + 1 < from.length; column++) {
    const first = Math.min(last, from[column]);
    const end = Math.min(last, Math.max(from[column + 1], first));
    let least = row[first];
    let most = least;
    for (let t = first + 1; t <= end; t++) {
      const value = row[t];
      if (value < least) least = value;
      else if (value > most) most = value;
    }
    low[column] = least;
    high[column] = most;
  }
}

/** Of each column's samples the relevance that is farthest from 0, so that one limit serves every zoom. */
export function extremes(row: Float32Array, from: Int32Array, out: Float32Array): void {
  const last = row.length - 1;
  for (let column = 0; column + 1 < from.length; column++) {
    const first = Math.min(last, from[column]);
    let most = row[first];
    for (let t = first + 1; t < from[column + 1]; t++) if (Math.abs(row[t]) > Math.abs(most)) most = row[t];
    out[column] = most;
  }
}

/** The middle of each trace, and what 99 % of all values stay within around their middles. */
export function scaleOf(signal: Float32Array, channels: number): { middles: Float32Array; size: number } {
  const samples = signal.length / channels;
  const middles = new Float32Array(channels);
  const away = new Float32Array(signal.length);
  for (let channel = 0; channel < channels; channel++) {
    const row = signal.subarray(channel * samples, (channel + 1) * samples);
    const sorted = row.slice().sort();
    middles[channel] = (sorted[(samples - 1) >> 1] + sorted[samples >> 1]) / 2;
    for (let t = 0; t < samples; t++) away[channel * samples + t] = row[t] - middles[channel];
  }
  return { middles, size: lowerQuantile(away, 0.99) || 1 };
}

/** The largest of 1, 2, 5 times a power of ten that is no larger. */
export function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-12);
  return ([5, 2, 1].find((k) => k * power <= value * (1 + 1e-9)) ?? 1) * power;
}
