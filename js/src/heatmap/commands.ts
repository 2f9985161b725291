/** What keys and buttons do. Each says in a few words what it did, for those who cannot see it. */
import { MAP_NAMES } from "../colour";
import { plain } from "../format";
import { clamp, reveal, WHOLE } from "../geometry";
import { LAYOUTS, type LimitRule } from "./options";
import type { View } from "./view";

/** One press changes the limit by a fifth of an octave and a bit: five make it three times as large. */
const LIMIT_STEP = 1.25;

/** The slider's reach around max |R|: a thousandth of it to ten times. */
const DECADES_BELOW = 3;
const DECADES_ABOVE = 1;

export function limitAt(position: number, largest: number): number {
  return largest * 10 ** (position * (DECADES_BELOW + DECADES_ABOVE) - DECADES_BELOW);
}

export function positionOf(limit: number, largest: number): number {
  if (!(limit > 0) || !(largest > 0)) return 0;
  return clamp((Math.log10(limit / largest) + DECADES_BELOW) / (DECADES_BELOW + DECADES_ABOVE), 0, 1);
}

export function multiplyLimit(view: View, direction: 1 | -1): void {
  const most = view.painter?.largest(view.options.channel) ?? 0;
  if (!(most > 0)) return;
  const now = view.options.limit || most;
  const limit = clamp(now * LIMIT_STEP ** direction, limitAt(0, most), limitAt(1, most));
  view.set({ limit_rule: "fixed", limit }, "soon");
  view.announce(`limit ${plain(limit)}`);
}

export function limitBy(view: View, rule: LimitRule): void {
  view.set({ limit_rule: rule }, "now");
  view.announce(`limit by ${rule === "fixed" ? "hand" : rule}`);
}

export function addOpacity(view: View, step: number): void {
  const opacity = clamp(Math.round((view.options.opacity + step) * 100) / 100, 0, 1);
  view.set({ opacity }, "soon");
  view.announce(`opacity ${opacity}`);
}

export function nextLayout(view: View): void {
  const layout = after(LAYOUTS, view.options.layout);
  view.set({ layout }, "soon");
  view.announce(layout);
}

export function nextMap(view: View): void {
  const cmap = after(MAP_NAMES, view.options.cmap);
  view.set({ cmap }, "soon");
  view.announce(`colours ${cmap}`);
}

export function togglePixelated(view: View): void {
  const pixelated = !view.options.pixelated;
  view.set({ pixelated }, "soon");
  view.announce(pixelated ? "pixelated" : "smooth");
}

/** Asks the model behind the view, where there is one. */
export function toggleShifts(view: View): void {
  const now = view.store.get("_shifted");
  if (typeof now !== "boolean") return;
  view.store.set("_shifted", !now);
  view.commit();
  view.announce(now ? "translation trick off" : "translation trick on");
}

export function fitView(view: View): void {
  view.set({ viewport: WHOLE }, "soon");
  view.announce("whole picture");
}

/** Moves the cursor; from nowhere it starts in the middle. What it points at comes into sight. */
export function moveCursor(view: View, rows: number, columns: number, describe: () => string): void {
  const { painter, options } = view;
  if (!painter) return;
  const { width, height } = painter.source;
  const [row, column] = options.cursor ?? [Math.floor(height / 2) - rows, Math.floor(width / 2) - columns];
  const next: [number, number] = [clamp(row + rows, 0, height - 1), clamp(column + columns, 0, width - 1)];
  view.set({ viewport: reveal(options.viewport, painter.source, ...next) }, "never");
  view.pin(next);
  view.announce(describe());
}

function after<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length];
}
