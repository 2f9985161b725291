/** What Python says of one sample's features, and where their bars lie. */

export interface Row {
  /** The feature's name; null for the sum of all others, which nobody can choose. */
  key: string | null;
  name: string;
  value: string;
  relevance: number;
}

const isRow = (one: unknown): one is Row => {
  const { key, name, value, relevance } = (one ?? {}) as Record<string, unknown>;
  return (
    (key === null || typeof key === "string") &&
    typeof name === "string" &&
    typeof value === "string" &&
    typeof relevance === "number"
  );
};

export function readRows(value: unknown): Row[] {
  return Array.isArray(value) ? value.filter(isRow) : [];
}

export interface Bar {
  /** Where zero is, where the bar begins and how long it is, in percent of the track. */
  zero: number;
  left: number;
  width: number;
}

/** The bars on one scale, from the least relevance or zero to the largest or zero. */
export function bars(rows: readonly Row[]): Bar[] {
  const low = Math.min(0, ...rows.map(({ relevance }) => relevance));
  const high = Math.max(0, ...rows.map(({ relevance }) => relevance));
  const per = 100 / (high - low || 1);
  const zero = (0 - low) * per;
  return rows.map(({ relevance }) => ({
    zero,
    left: zero + Math.min(0, relevance) * per,
    width: Math.abs(relevance) * per,
  }));
}

/** Which feature a key leads to from the one that is chosen; undefined: not a key of the list. */
export function moved(keys: readonly string[], chosen: string | null, key: string): string | null | undefined {
  const at = chosen === null ? -1 : keys.indexOf(chosen);
  const last = keys.length - 1;
  if (!keys.length) return undefined;
  if (key === "ArrowDown") return keys[Math.min(last, at + 1)];
  if (key === "ArrowUp") return keys[at < 0 ? last : Math.max(0, at - 1)];
  if (key === "Home") return keys[0];
  if (key === "End") return keys[last];
  return key === "Escape" ? null : undefined;
}
