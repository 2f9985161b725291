/** Sums of relevance over a window of time, in the time of two look-ups a channel. Pure. */

/** S[c, t] = sum of R[c, 0..t-1], float64 (channel, samples + 1). */
export function sumsBefore(relevance: Float32Array, channels: number, samples: number): Float64Array {
  const sums = new Float64Array(channels * (samples + 1));
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    const row = channel * (samples + 1);
    for (let t = 0; t < samples; t++) {
      sum += relevance[channel * samples + t];
      sums[row + t + 1] = sum;
    }
  }
  return sums;
}

/** R of each channel summed over samples first..end-1. */
export function pooled(sums: Float64Array, channels: number, first: number, end: number): Float64Array {
  const stride = sums.length / channels;
  return Float64Array.from({ length: channels }, (_, c) => sums[c * stride + end] - sums[c * stride + first]);
}

/** R of each sample summed over the channels. */
export function acrossChannels(relevance: Float32Array, channels: number, samples: number): Float32Array {
  const sums = new Float64Array(samples);
  for (let channel = 0; channel < channels; channel++) {
    for (let t = 0; t < samples; t++) sums[t] += relevance[channel * samples + t];
  }
  return Float32Array.from(sums);
}

export function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Channels by |R|, the strongest first. */
export function strongest(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b)
    .slice(0, count);
}
