/** A curve over the weights of a sweep, each a step to the right. Pure. */
export interface Curve {
  points: [x: number, y: number][];
  low: number;
  high: number;
}

/** Points inside a box with a margin; values that are not finite are left out. Equal values lie in the middle. */
export function curve(values: readonly (number | null)[], planned: number, width: number, height: number, margin: number): Curve {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = finite.length ? Math.min(...finite) : 0;
  const high = finite.length ? Math.max(...finite) : 0;
  const points: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null || !Number.isFinite(value)) continue;
    const part = high > low ? (value - low) / (high - low) : 0.5;
    points.push([placeOf(i, planned, width, margin), height - margin - part * (height - 2 * margin)]);
  }
  return { points, low, high };
}

/** Where the i-th weight stands. */
export function placeOf(i: number, planned: number, width: number, margin: number): number {
  return planned < 2 ? width / 2 : margin + (i / (planned - 1)) * (width - 2 * margin);
}
