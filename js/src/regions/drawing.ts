/** The regions of a picture and every change of them: pure, so that undo is a matter of keeping what was. */
import type { Drawing } from "./history";
import { type Runs, subtract, union } from "./runs";
import { asShape, LONGEST, MOST, type Region, type Shape } from "./shapes";
import type { Mode } from "./strokes";

export const PALETTE = ["#00a37a", "#ffb000", "#a04bd8", "#f26cb8", "#8c6d31", "#7fd13b", "#00b8c4", "#9a9a9a"];
const RESERVED = ["context", "rest"];

/** The drawing after a stroke; null where it would change nothing or leave an empty region's stroke behind. */
export function afterStroke(
  now: Drawing,
  runs: readonly Runs[],
  stroke: { mode: Mode; runs: Runs; shape: Shape },
  width: number,
): Drawing | null {
  if (stroke.runs.length === 0) return null;
  const at = now.regions.findIndex((region) => region.name === now.chosen);
  if (stroke.mode === "new" || at < 0) {
    return stroke.mode === "remove" || now.regions.length >= MOST ? null : withNew(now, stroke.shape);
  }
  const changed = stroke.mode === "add" ? union(runs[at], stroke.runs, width) : subtract(runs[at], stroke.runs, width);
  if (changed.length === 0) return without(now, now.regions[at].name);
  if (same(changed, runs[at])) return null;
  const regions = now.regions.map((region, i) => (i === at ? { ...region, shape: asShape(changed) } : region));
  return { ...now, regions };
}

function withNew({ regions }: Drawing, shape: Shape): Drawing {
  const name = unused(regions.length === 0 ? "object" : `region ${regions.length + 1}`, regions);
  const colour = PALETTE.find((one) => !regions.some((region) => region.colour === one));
  const region = { name, colour: colour ?? PALETTE[regions.length % PALETTE.length], shape };
  return { regions: [...regions, region], chosen: name };
}

export function without({ regions, chosen }: Drawing, name: string): Drawing {
  return { regions: regions.filter((region) => region.name !== name), chosen: chosen === name ? null : chosen };
}

/** A name that is taken, or means the rest, gets a number. */
export function renamed({ regions, chosen }: Drawing, name: string, wanted: string): Drawing {
  const others = regions.filter((region) => region.name !== name);
  const text = unused(wanted.trim().slice(0, LONGEST) || name, others);
  return {
    regions: regions.map((region) => (region.name === name ? { ...region, name: text } : region)),
    chosen: chosen === name ? text : chosen,
  };
}

export function recoloured(now: Drawing, name: string, colour: string): Drawing {
  return { ...now, regions: now.regions.map((one) => (one.name === name ? { ...one, colour } : one)) };
}

export function moved(now: Drawing, name: string, by: number): Drawing {
  const regions = [...now.regions];
  const from = regions.findIndex((region) => region.name === name);
  const to = from + by;
  if (from < 0 || to < 0 || to >= regions.length) return now;
  regions.splice(to, 0, ...regions.splice(from, 1));
  return { ...now, regions };
}

function unused(wanted: string, regions: readonly Region[]): string {
  const taken = (name: string): boolean => RESERVED.includes(name) || regions.some((region) => region.name === name);
  let name = wanted;
  for (let number = 2; taken(name); number++) name = `${wanted.slice(0, LONGEST - 5)} ${number}`;
  return name;
}

function same(a: Runs, b: Runs): boolean {
  return a.length === b.length && a.every((end, i) => end === b[i]);
}
