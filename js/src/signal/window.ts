/** The window of time, in samples [first, end): what of it a hand takes hold of, and where a drag brings it. Pure. */
import { clamp } from "../geometry";
import type { Recording } from "./wire";

export type Samples = readonly [first: number, end: number];
export type Hold = "first" | "end" | "inside" | "new";
type Clock = Pick<Recording, "rate" | "start" | "samples">;

export function timeOf({ rate, start }: Clock, sample: number): number {
  return start + sample / rate;
}

export function sampleAt({ rate, start, samples }: Clock, time: number): number {
  return clamp(Math.round((time - start) * rate), 0, samples - 1);
}

/** Samples at from <= t < to, as Python counts them; everything without a window. */
export function samplesIn(clock: Clock, window: unknown): Samples {
  const { rate, start, samples } = clock;
  if (!Array.isArray(window) || window.length !== 2 || !window.every(Number.isFinite)) return [0, samples];
  const [first, end] = window.map((time: number) =>
    clamp(Math.ceil(Math.round((time - start) * rate * 1e6) / 1e6), 0, samples),
  );
  return first < end ? [first, end] : [0, samples];
}

export function windowOf(clock: Clock, [first, end]: Samples): [number, number] {
  return [timeOf(clock, first), timeOf(clock, end)];
}

/** What a press at `at` (in samples, not whole) holds; `slack` samples around an edge belong to it. */
export function holdAt(window: Samples | null, at: number, slack: number, movable: boolean): Hold {
  if (!window) return "new";
  const [first, end] = window;
  const near = Math.abs(at - first) <= Math.abs(at - end) ? "first" : "end";
  if (Math.abs(at - (near === "first" ? first : end)) <= slack) return near;
  return movable && at > first && at < end ? "inside" : "new";
}

/** The window after a drag from `from` to `to` (in samples, not whole); at least one sample long. */
export function dragged(hold: Hold, window: Samples, from: number, to: number, samples: number): Samples {
  if (hold === "inside") return moved(window, Math.round(to - from), samples);
  if (hold === "first") return between(window[1], to, samples);
  if (hold === "end") return between(window[0], to, samples);
  return between(from, to, samples);
}

export function moved([first, end]: Samples, by: number, samples: number): Samples {
  const step = clamp(by, -first, samples - end);
  return [first + step, end + step];
}

/** Widens by `by` samples on either side, or narrows. */
export function widened([first, end]: Samples, by: number, samples: number): Samples {
  if (end - first + 2 * by < 1) return [first, end];
  return [Math.max(0, first - by), Math.min(samples, end + by)];
}

function between(a: number, b: number, samples: number): Samples {
  const first = clamp(Math.round(Math.min(a, b)), 0, samples - 1);
  return [first, clamp(Math.round(Math.max(a, b)), first + 1, samples)];
}
