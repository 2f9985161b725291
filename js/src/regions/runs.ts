/**
 * Sets of pixels as runs: [start, stop, start, stop, ...] in reading order, ends exclusive, none past the end of a row.
 * Every operation is one walk over the runs, so that what follows the mouse costs no walk over the pixels.
 */
export type Runs = Int32Array;

export const NONE: Runs = new Int32Array(0);

/** The pixels of both, split at the ends of rows of this width. */
export function union(a: Runs, b: Runs, width: number): Runs {
  return combine(a, b, width, (inA, inB) => inA || inB);
}

export function subtract(a: Runs, b: Runs, width: number): Runs {
  return combine(a, b, width, (inA, inB) => inA && !inB);
}

export function intersect(a: Runs, b: Runs, width: number): Runs {
  return combine(a, b, width, (inA, inB) => inA && inB);
}

function combine(a: Runs, b: Runs, width: number, wanted: (inA: boolean, inB: boolean) => boolean): Runs {
  const out = new Growing();
  let i = 0;
  let j = 0;
  let open = -1;
  while (i < a.length || j < b.length) {
    const at = Math.min(i < a.length ? a[i] : Infinity, j < b.length ? b[j] : Infinity);
    while (i < a.length && a[i] === at) i++;
    while (j < b.length && b[j] === at) j++;
    // An odd number of ends passed: inside.
    const inside = wanted(i % 2 === 1, j % 2 === 1);
    if (inside && open < 0) open = at;
    else if (!inside && open >= 0) {
      out.add(open, at, width);
      open = -1;
    }
  }
  return out.done();
}

/** Collects runs in order. */
export class Growing {
  private values = new Int32Array(64);
  private length = 0;

  /** Adds start..stop, in pieces that end with their row. */
  add(start: number, stop: number, width: number): void {
    for (let from = start; from < stop; ) {
      const end = Math.min(stop, (Math.floor(from / width) + 1) * width);
      this.push(from, end, width);
      from = end;
    }
  }

  private push(start: number, stop: number, width: number): void {
    const last = this.length - 1;
    if (last > 0 && this.values[last] === start && start % width !== 0) {
      this.values[last] = stop;
      return;
    }
    if (this.length === this.values.length) {
      const more = new Int32Array(2 * this.length);
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length++] = start;
    this.values[this.length++] = stop;
  }

  done(): Runs {
    return this.values.slice(0, this.length);
  }
}

export function count(runs: Runs): number {
  let found = 0;
  for (let i = 0; i < runs.length; i += 2) found += runs[i + 1] - runs[i];
  return found;
}

/** Whether a pixel is among them. */
export function holds(runs: Runs, pixel: number): boolean {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[2 * middle + 1] <= pixel) low = middle + 1;
    else high = middle;
  }
  return 2 * low < runs.length && runs[2 * low] <= pixel;
}

/** The pixels of each label of a map (height * width). */
export function byLabel(labels: Int32Array, width: number): Map<number, Runs> {
  const growing = new Map<number, Growing>();
  for (let start = 0; start < labels.length; ) {
    const label = labels[start];
    let stop = start + 1;
    while (stop < labels.length && labels[stop] === label && stop % width !== 0) stop++;
    let found = growing.get(label);
    if (!found) growing.set(label, (found = new Growing()));
    found.add(start, stop, width);
    start = stop;
  }
  return new Map([...growing].map(([label, found]) => [label, found.done()]));
}
