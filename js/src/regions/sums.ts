/**
 * How much relevance lies where: `lw.measure.pool` in the browser, in float64.
 *
 * Sums of positive and of negative relevance over all pixels before each one are kept, so that a run costs two
 * look-ups each, whatever its length. As in Python the positive and the negative parts are those of single variables:
 * channels of a pixel do not cancel.
 */
import type { Source } from "../heatmap/source";
import { count, intersect, NONE, type Runs, subtract, union } from "./runs";

export interface Share {
  positive: number;
  negative: number;
  net: number;
  /** In pixels. */
  size: number;
}

export interface Shares {
  regions: Share[];
  /** What no region covers. */
  context: Share;
  /** What is counted more than once, negative: with it, the rows add up to the total. */
  surplus: Share | null;
  total: Share;
  /** Pixels in several regions. */
  overlap: number;
}

export class Sums {
  private readonly positive: Float64Array;
  private readonly negative: Float64Array;
  readonly total: Share;

  /** `channel`: a name of the source's channels, or anything else for all of them. */
  constructor(
    private readonly source: Source,
    readonly channel: string,
  ) {
    const { relevance, channels, channelNames, width, height } = source;
    const size = width * height;
    const at = channelNames.indexOf(channel);
    const [first, last] = at < 0 ? [0, channels] : [at, at + 1];
    const positive = new Float64Array(size + 1);
    const negative = new Float64Array(size + 1);
    let above = 0;
    let below = 0;
    for (let pixel = 0; pixel < size; pixel++) {
      for (let k = first * size + pixel; k < last * size; k += size) {
        const value = relevance[k];
        if (value > 0) above += value;
        else below += value;
      }
      positive[pixel + 1] = above;
      negative[pixel + 1] = below;
    }
    this.positive = positive;
    this.negative = negative;
    this.total = { positive: above, negative: below, net: above + below, size };
  }

  /** Whether these are the sums of that. */
  of(source: Source, channel: string): boolean {
    return this.source === source && this.channel === channel;
  }

  sum(runs: Runs): Share {
    let positive = 0;
    let negative = 0;
    for (let i = 0; i < runs.length; i += 2) {
      positive += this.positive[runs[i + 1]] - this.positive[runs[i]];
      negative += this.negative[runs[i + 1]] - this.negative[runs[i]];
    }
    return { positive, negative, net: positive + negative, size: count(runs) };
  }

  /** The shares of regions and of the context; they add up to the total. */
  shares(regions: readonly Runs[]): Shares {
    const { width } = this.source;
    let covered = NONE;
    let several = NONE;
    for (const region of regions) {
      several = union(several, intersect(covered, region, width), width);
      covered = union(covered, region, width);
    }
    const all = Int32Array.of(0, this.total.size);
    const found = regions.map((region) => this.sum(region));
    const context = this.sum(subtract(all, covered, width));
    const overlap = count(several);
    const { total } = this;
    const rest = (key: keyof Share): number => total[key] - context[key] - found.reduce((sum, one) => sum + one[key], 0);
    const surplus = overlap
      ? { positive: rest("positive"), negative: rest("negative"), net: rest("net"), size: rest("size") }
      : null;
    return { regions: found, context, surplus, total, overlap };
  }
}
