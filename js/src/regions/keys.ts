/** The table of keys of the region view: its own, then those of the heat map that it shares. */
import { KEYS } from "../heatmap/keyboard";
import type { Keys } from "../help";
import { TOOL_KEYS } from "./toolbar";

const SHARED = ["hover", "arrows, Shift + arrows", "wheel", "+  -", "[  ]", "\\", ",  .", "v", "m", "p", "?"];

export const REGION_KEYS: Keys = [
  ["drag", "draw a new region"],
  ["Shift + drag, Alt + drag", "add to the chosen region, take away from it"],
  ["click", "choose a region; set a corner; pick a superpixel"],
  ["double click", "close the polygon; else show the whole picture (h)"],
  ["Enter", "set a corner at the cursor; begin and end a stroke"],
  ["Esc", "cancel the stroke"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"],
  [Object.values(TOOL_KEYS).join("  "), "move, rectangle, ellipse, polygon, lasso, brush, eraser, superpixels"],
  ["n", "next stroke begins a new region"],
  ["Delete", "delete the chosen region"],
  ...KEYS.filter(([keys]) => SHARED.includes(keys)),
];
