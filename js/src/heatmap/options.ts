/** The options of a view, as anybody may have set them: read through `readOptions`, they are always valid. */
import { DEFAULT_MAP, MAP_NAMES } from "../colour";
import { preferred } from "../defaults";
import { clamp, clampViewport, type Viewport, WHOLE } from "../geometry";
import type { Source } from "./source";
import type { Store } from "../store";

export const LAYOUTS = ["overlay", "side-by-side", "map", "pattern", "input"] as const;
export const LIMIT_RULES = ["99.5%", "max", "fixed"] as const;
export type Layout = (typeof LAYOUTS)[number];
export type LimitRule = (typeof LIMIT_RULES)[number];
export type Cursor = [row: number, column: number];

export interface Options {
  layout: Layout;
  opacity: number;
  /** The relevance that gets the last colour; null until data came. */
  limit: number | null;
  limit_rule: LimitRule;
  cmap: string;
  pixelated: boolean;
  /** "sum", or the name of a channel. */
  channel: string;
  sample: number;
  cursor: Cursor | null;
  viewport: Viewport;
}

export const OPTION_NAMES: readonly (keyof Options)[] = [
  "layout",
  "opacity",
  "limit",
  "limit_rule",
  "cmap",
  "pixelated",
  "channel",
  "sample",
  "cursor",
  "viewport",
];

/** Pictures up to this size are shown with square pixels unless somebody chose. */
const SMALL = 64;

/** What of a source its options depend on. */
type Shown = Pick<Source, "width" | "height" | "channelNames">;

export function readOptions(store: Store, source: Shown | null): Options {
  const limit = store.get("limit");
  const known = typeof limit === "number" && Number.isFinite(limit) && limit >= 0;
  const rule = oneOf(preferred(store, "limit_rule"), LIMIT_RULES, "99.5%");
  const opacity = store.get("opacity");
  const pixelated = store.get("pixelated");
  const channel = store.get("channel");
  const sample = store.get("sample");
  return {
    layout: oneOf(store.get("layout"), LAYOUTS, "overlay"),
    opacity: isNumber(opacity) ? clamp(opacity, 0, 1) : 0.85,
    limit: known ? limit : null,
    limit_rule: rule === "fixed" && !known ? "99.5%" : rule,
    cmap: oneOf(preferred(store, "cmap"), MAP_NAMES, DEFAULT_MAP),
    pixelated:
      typeof pixelated === "boolean" ? pixelated : !!source && Math.max(source.width, source.height) <= SMALL,
    channel: typeof channel === "string" && source?.channelNames.includes(channel) ? channel : "sum",
    sample: isNumber(sample) ? Math.max(0, Math.trunc(sample)) : 0,
    cursor: source ? readCursor(store.get("cursor"), source) : null,
    viewport: source ? readViewport(store.get("viewport"), source) : WHOLE,
  };
}

function readCursor(value: unknown, source: Shown): Cursor | null {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isNumber)) return null;
  const [row, column] = value.map(Math.trunc);
  return row >= 0 && column >= 0 && row < source.height && column < source.width ? [row, column] : null;
}

function readViewport(value: unknown, source: Shown): Viewport {
  const { x, y, zoom } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return isNumber(x) && isNumber(y) && isNumber(zoom) ? clampViewport({ x, y, zoom }, source) : WHOLE;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function oneOf<T extends string>(value: unknown, known: readonly T[], otherwise: T): T {
  return known.find((name) => name === value) ?? otherwise;
}
