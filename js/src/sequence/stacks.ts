/** Heights of letters: how they are stacked, how far they reach, what a stretch sums to. Pure. */

export interface Placed {
  letter: number;
  from: number;
  to: number;
}

/** The heights of all letters at all positions, (position, letter), in units of the score. */
export interface Heights {
  values: Float32Array;
  letters: number;
  length: number;
}

/** The letters of one position, small ones next to the axis; as lrpwidgets/render/logo.py stacks them. */
export function stack({ values, letters }: Heights, position: number): Placed[] {
  const column: { letter: number; value: number }[] = [];
  for (let letter = 0; letter < letters; letter++) {
    const value = values[position * letters + letter];
    if (value !== 0) column.push({ letter, value });
  }
  column.sort((a, b) => Math.abs(a.value) - Math.abs(b.value) || a.letter - b.letter);
  let up = 0;
  let down = 0;
  return column.map(({ letter, value }) => {
    const from = value > 0 ? up : down;
    if (value > 0) up += value;
    else down += value;
    return { letter, from, to: from + value };
  });
}

/** Height above and below (both >= 0) of every position. */
export function sides({ values, letters, length }: Heights): { above: Float64Array; below: Float64Array } {
  const above = new Float64Array(length);
  const below = new Float64Array(length);
  for (let position = 0, at = 0; position < length; position++) {
    for (let letter = 0; letter < letters; letter++, at++) {
      if (values[at] > 0) above[position] += values[at];
      else below[position] -= values[at];
    }
  }
  return { above, below };
}

/** Sums before each position: a stretch is the difference of two. */
export function sumsBefore(sides: { above: Float64Array; below: Float64Array }): Float64Array {
  const out = new Float64Array(sides.above.length + 1);
  for (let at = 0; at < sides.above.length; at++) out[at + 1] = out[at] + sides.above[at] - sides.below[at];
  return out;
}

export function most(values: Float64Array): number {
  let found = 0;
  for (const value of values) if (value > found) found = value;
  return found;
}

/** The highest of `side` in each of `columns` equal parts of positions `first` .. `first + span`. */
export function columnsOf(side: Float64Array, first: number, span: number, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    const from = Math.max(0, Math.floor(first + (column * span) / columns));
    const end = Math.min(side.length, Math.max(from + 1, Math.ceil(first + ((column + 1) * span) / columns)));
    for (let at = from; at < end; at++) if (side[at] > out[column]) out[column] = side[at];
  }
  return out;
}

/** The largest |change| that is known. */
export function changeLimit(change: Float32Array): number {
  let found = 0;
  for (const value of change) {
    const size = Math.abs(value);
    if (size > found) found = size; // NaN is never more
  }
  return found;
}
