/** Where the tiles of a long list stand, and which of them are in sight. Pure; lengths are in CSS pixels. */
import { clamp } from "../geometry";

export const TILE = { width: 96, height: 136 };
export const GAP = 8;
const STEP = { x: TILE.width + GAP, y: TILE.height + GAP };

export interface Grid {
  count: number;
  columns: number;
  /** Of all rows together. */
  height: number;
}

export function grid(count: number, width: number): Grid {
  const columns = Math.max(1, Math.floor((width + GAP) / STEP.x));
  return { count, columns, height: Math.max(0, Math.ceil(count / columns) * STEP.y - GAP) };
}

export function place({ columns }: Grid, at: number): { x: number; y: number } {
  return { x: (at % columns) * STEP.x, y: Math.floor(at / columns) * STEP.y };
}

/** Positions from `first` up to, not including, `end`: those of the rows that `top` .. `top + height` touches. */
export function inSight({ count, columns }: Grid, top: number, height: number): { first: number; end: number } {
  const row = Math.floor(Math.max(0, top) / STEP.y);
  const after = Math.ceil(Math.max(0, top + height) / STEP.y);
  return { first: Math.min(count, row * columns), end: Math.min(count, after * columns) };
}

/** Where to scroll so that the tile at `at` is seen whole; `top` if it is. */
export function reveal(shown: Grid, at: number, top: number, height: number): number {
  const { y } = place(shown, at);
  if (y < top) return y;
  return Math.max(top, Math.min(y, y + TILE.height - height));
}

/** Where a key leads from `at`; null if it is not one that moves. */
export function move({ count, columns }: Grid, key: string, at: number, height: number): number | null {
  const page = Math.max(1, Math.floor((height + GAP) / STEP.y));
  const down = (rows: number): number => {
    // In a column as far as it goes, so that the way back is the way there.
    const last = at % columns + columns * Math.floor((count - 1 - (at % columns)) / columns);
    return clamp(at + rows * columns, at % columns, last);
  };
  const moves: Record<string, () => number> = {
    ArrowLeft: () => at - 1,
    ArrowRight: () => at + 1,
    ArrowUp: () => down(-1),
    ArrowDown: () => down(1),
    PageUp: () => down(-page),
    PageDown: () => down(page),
    Home: () => 0,
    End: () => count - 1,
  };
  if (count === 0 || !Object.hasOwn(moves, key)) return null;
  return clamp(moves[key](), 0, count - 1);
}
