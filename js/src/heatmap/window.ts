/** Which window of a net that slides over a large picture is outlined: the one whose middle is nearest to the cursor. */
import type { Size } from "../geometry";
import { clamp } from "../geometry";
import type { View } from "./view";

/** In source pixels. */
export interface Rect extends Size {
  left: number;
  top: number;
}

/** Windows begin at multiples of the stride and lie wholly inside; without a cursor it is the one in the middle. */
export function nearestWindow(
  source: Size,
  window: readonly [height: number, width: number],
  stride: readonly [down: number, right: number],
  cursor: readonly [row: number, column: number] | null,
): Rect | null {
  const [height, width] = window;
  if (height > source.height || width > source.width) return null;
  const [row, column] = cursor ?? [(source.height - 1) / 2, (source.width - 1) / 2];
  return {
    top: begin(row, height, stride[0], source.height),
    left: begin(column, width, stride[1], source.width),
    height,
    width,
  };
}

function begin(at: number, side: number, step: number, end: number): number {
  const last = Math.floor((end - side) / step);
  return step * clamp(Math.round((at + 0.5 - side / 2) / step), 0, last);
}

/** The window to outline, if what is shown was explained through windows. */
export function windowOf(view: View, source: Size): Rect | null {
  const { window, stride } = (view.store.get("_caption") ?? {}) as Record<string, unknown>;
  return isPair(window) && isPair(stride) ? nearestWindow(source, window, stride, view.options.cursor) : null;
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((n) => Number.isSafeInteger(n) && n > 0);
}
