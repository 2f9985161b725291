/** Words from the strongest to the weakest relevance, whatever its sign. */

/** Word numbers by falling |R|, the first of equals first; words without relevance are left out. */
export function strongest(relevance: Float32Array): Uint32Array {
  const found = [...relevance.keys()].filter((i) => relevance[i] !== 0);
  found.sort((a, b) => Math.abs(relevance[b]) - Math.abs(relevance[a]) || a - b);
  return Uint32Array.from(found);
}

/** The word `by` places further in `order` than `from`; from a word that is not in it, or from none, the first. */
export function further(order: Uint32Array, from: number | null, by: number): number | null {
  if (!order.length) return null;
  const at = from === null ? -1 : order.indexOf(from);
  if (at < 0) return order[0];
  return order[Math.max(0, Math.min(order.length - 1, at + by))];
}
