/** Where positions of a sequence stand: what is in sight, how it is zoomed, what positions are called. Pure. */
import { clamp, type Viewport } from "../geometry";

/** Positions from `first` on, `span` of them, both in positions and not whole. */
export interface Sight {
  first: number;
  span: number;
}

/** The domain's count: the first position's number, and whether 0 is left out between -1 and 1. */
export interface Count {
  start: number;
  skips: boolean;
}

/** No fewer positions than this fill the width. */
export const CLOSEST = 8;

export function maxZoom(length: number): number {
  return Math.max(1, length / CLOSEST);
}

export function fitted(viewport: Viewport, length: number): Viewport {
  const zoom = clamp(viewport.zoom, 1, maxZoom(length));
  const reach = (length / 2) * (1 - 1 / zoom);
  return { x: clamp(viewport.x, -reach, reach) + 0, y: 0, zoom };
}

export function sight(viewport: Viewport, length: number): Sight {
  const { x, zoom } = fitted(viewport, length);
  const span = length / zoom;
  return { first: length / 2 + x - span / 2, span };
}

/** Zooms by `factor` and keeps the position under the part `at` (0..1) of the width where it is. */
export function zoomAt(viewport: Viewport, length: number, at: number, factor: number): Viewport {
  const before = sight(viewport, length);
  const zoom = clamp(viewport.zoom * factor, 1, maxZoom(length));
  const span = length / zoom;
  const first = before.first + at * (before.span - span);
  return fitted({ x: first + span / 2 - length / 2, y: 0, zoom }, length);
}

/** Moves what is in sight by `positions` to the right. */
export function panBy(viewport: Viewport, length: number, positions: number): Viewport {
  return fitted({ ...viewport, x: viewport.x + positions }, length);
}

/** The nearest viewport in which positions `first` to `last` (indices, both inside) are in sight. */
export function reveal(viewport: Viewport, length: number, first: number, last: number): Viewport {
  const seen = sight(viewport, length);
  if (last + 1 - first > seen.span) return panBy(viewport, length, first - seen.first);
  if (first < seen.first) return panBy(viewport, length, first - seen.first);
  if (last + 1 > seen.first + seen.span) return panBy(viewport, length, last + 1 - seen.first - seen.span);
  return fitted(viewport, length);
}

/** What the position with this index is called. */
export function nameOf({ start, skips }: Count, index: number): number {
  const at = start + index;
  return skips && at >= 0 ? at + 1 : at;
}

/** The index of a position; inverse of `nameOf`. */
export function indexOf({ start, skips }: Count, name: number): number {
  return name - start - (skips && name > 0 ? 1 : 0);
}

/** Indices that carry a label, so that there are at most `most` of them, at round numbers. */
export function ticks(count: Count, { first, span }: Sight, length: number, most: number): number[] {
  let step = 1;
  for (const next of [1, 2, 5, 10]) {
    step = next;
    if (span / step <= most) break;
  }
  while (span / step > most) step *= step.toString().startsWith("2") ? 2.5 : 2;
  const found: number[] = [];
  for (let name = Math.ceil(nameOf(count, Math.floor(first)) / step) * step; ; name += step) {
    if (count.skips && name === 0) continue;
    const index = indexOf(count, name);
    if (index >= length || index > first + span) return found;
    if (index >= 0 && index + 0.5 >= first) found.push(index);
  }
}
