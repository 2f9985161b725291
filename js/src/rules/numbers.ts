/** Numbers of a ledger, so that those which add up can be added up by eye; and how its bars lie around zero. */
import type { Account, Row } from "./wire";

export const PARTS = ["outgoing", "bias", "stabilizer", "stopped"] as const;
export type Part = (typeof PARTS)[number];
const DIGITS = 5;

/** As many decimals for all rows as show the largest number with five digits. */
export function decimals(account: Account): number {
  const most = Math.max(...account.rows.flatMap((row) => [row.incoming, row.outgoing].map(Math.abs)), Math.abs(account.start));
  if (!(most > 0) || !Number.isFinite(most)) return 0;
  return Math.min(12, Math.max(0, DIGITS - 1 - Math.floor(Math.log10(most))));
}

/** With fixed decimals; what would read 0 and is not is told by its size. */
export function fixed(value: number, places: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = value.toFixed(places);
  if (value !== 0 && Number(text) === 0) return value.toExponential(0).replace("-", value < 0 ? "\u2212" : "-").replace("e-", "e\u2212");
  return Number(text) === 0 ? "0" : text.replace("-", "\u2212");
}

/** How much of the score ended in each way, over all layers. */
export function totals(account: Account): Record<"bias" | "stabilizer" | "stopped" | "unaccounted", number> {
  const sum = (part: "bias" | "stabilizer" | "stopped"): number => account.rows.reduce((all, row) => all + row[part], 0);
  const found = { bias: sum("bias"), stabilizer: sum("stabilizer"), stopped: sum("stopped") };
  return { ...found, unaccounted: account.start - account.end - found.bias - found.stabilizer - found.stopped };
}

/** Of the bars' whole width: less is rounding, and would only litter. */
const VISIBLE = 5e-4;

export interface Segment {
  part: Part;
  /** In shares of the bar's width. */
  left: number;
  width: number;
}

/** The reach of all bars below and above zero, in units of the score. */
export function reachOf(rows: readonly Row[]): [below: number, above: number] {
  let below = 0;
  let above = 0;
  for (const row of rows) {
    const values = PARTS.map((part) => row[part]).filter(Number.isFinite);
    above = Math.max(above, values.reduce((sum, value) => sum + Math.max(0, value), 0));
    below = Math.max(below, values.reduce((sum, value) => sum + Math.max(0, -value), 0));
  }
  return [below, above];
}

/** Positive parts to the right of zero, negative ones to the left, one after the other. */
export function segments(row: Row, [below, above]: readonly [number, number]): Segment[] {
  const whole = below + above;
  if (!(whole > 0)) return [];
  let right = below;
  let left = below;
  const seen = PARTS.filter((part) => Number.isFinite(row[part]) && Math.abs(row[part]) > VISIBLE * whole);
  return seen.map((part) => {
    const size = Math.abs(row[part]);
    const start = row[part] > 0 ? right : left - size;
    if (row[part] > 0) right += size;
    else left -= size;
    return { part, left: start / whole, width: size / whole };
  });
}
