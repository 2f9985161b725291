/** The line around what goes next: an SVG path along the edges between its pixels and the others. */
import type { Film, Track } from "./film";

/** Which pixels go in which step: one pass over the ranks, instead of one for each frame. */
export class Departures {
  private readonly first: Uint32Array;
  private readonly pixels: Uint32Array;

  constructor(
    film: Film,
    readonly track: Track,
  ) {
    const { rank } = track;
    const size = film.width * film.height;
    const first = new Uint32Array(track.steps + 2);
    for (let i = 0; i < rank.length; i++) if (rank[i] && rank[i] <= track.steps) first[rank[i] + 1]++;
    for (let step = 1; step < first.length; step++) first[step] += first[step - 1];
    const filled = first.slice();
    this.pixels = new Uint32Array(first[first.length - 1]);
    for (let i = 0; i < rank.length; i++) {
      if (rank[i] && rank[i] <= track.steps) this.pixels[filled[rank[i]]++] = i % size;
    }
    this.first = first;
  }

  /** The pixels that go in `step`. */
  at(step: number): Uint32Array {
    return step < 1 || step > this.track.steps
      ? new Uint32Array(0)
      : this.pixels.subarray(this.first[step], this.first[step + 1]);
  }
}

/** A path in source pixels; neighbouring edges of a row are one line. */
export function outline(pixels: Uint32Array, width: number): string {
  const inside = new Set(pixels);
  const across = new Map<number, number>(); // from the left end of a horizontal line to its right one
  const down = new Map<number, number>();
  const parts: string[] = [];
  const wide = width + 1;
  const horizontal = (row: number, column: number): void => extend(across, row * wide + column, 1);
  const vertical = (row: number, column: number): void => extend(down, row * wide + column, wide);
  for (const pixel of [...inside].sort((a, b) => a - b)) {
    const row = Math.floor(pixel / width);
    const column = pixel % width;
    if (!inside.has(pixel - width)) horizontal(row, column);
    if (!inside.has(pixel + width)) horizontal(row + 1, column);
    if (column === 0 || !inside.has(pixel - 1)) vertical(row, column);
    if (column === width - 1 || !inside.has(pixel + 1)) vertical(row, column + 1);
  }
  for (const [end, start] of across) parts.push(`M${start % wide} ${Math.floor(start / wide)}H${end % wide}`);
  for (const [end, start] of down) parts.push(`M${start % wide} ${Math.floor(start / wide)}V${Math.floor(end / wide)}`);
  return parts.join("");
}

/** Lines by their ends: an edge that begins where a line ends makes it longer. */
function extend(lines: Map<number, number>, from: number, step: number): void {
  const start = lines.get(from) ?? from;
  lines.delete(from);
  lines.set(from + step, start);
}
