/** The keys of a recording. Tab is never touched; what a control needs for itself stays with it. */
import * as commands from "../heatmap/commands";
import type { View } from "../heatmap/view";
import type { Help, Keys } from "../help";
import { shield } from "../shield";

export const KEYS: Keys = [
  ["hover", "read channel, time, value and relevance"],
  ["click", "pin the time and choose the channel"],
  ["drag", "choose a window of time; drag its edges"],
  ["drag below the traces", "move the window"],
  ["\u2190 \u2192, Home, End", "move the time"],
  ["\u2191 \u2193", "the channel above, below"],
  ["Shift + \u2190 \u2192", "move the window"],
  ["Shift + \u2191 \u2193", "widen, narrow the window"],
  ["wheel, + -", "zoom in time (the wheel after a click here, or with Ctrl)"],
  ["Page Up, Page Down", "along the time; with Shift along the channels"],
  ["t, T", "fewer and taller, more traces"],
  ["0, double click", "show everything"],
  ["[, ], \\", "limit down, up, automatic"],
  [",  .", "opacity down, up"],
  ["m", "next colour map"],
  ["Esc", "close this; no window; no time and channel"],
  ["?", "this table"],
];

/** What the keys ask of the recording. */
export interface Moves {
  step(samples: number): void;
  turn(channels: number): void;
  slide(steps: number): void;
  widen(steps: number): void;
  zoom(factor: number): void;
  page(parts: number, channels: boolean): void;
  taller(factor: number): void;
  whole(): void;
  clear(): void;
}

const OWN = /^(Arrow|Home|End|Page|Enter|Escape| )/;

export function signalKeys(view: View, help: Help, moves: Moves): () => void {
  const keys: Record<string, (shift: boolean) => void> = {
    ArrowLeft: (shift) => (shift ? moves.slide(-1) : moves.step(-1)),
    ArrowRight: (shift) => (shift ? moves.slide(1) : moves.step(1)),
    ArrowUp: (shift) => (shift ? moves.widen(1) : moves.turn(-1)),
    ArrowDown: (shift) => (shift ? moves.widen(-1) : moves.turn(1)),
    Home: () => moves.step(-Infinity),
    End: () => moves.step(Infinity),
    PageUp: (shift) => moves.page(-0.9, shift),
    PageDown: (shift) => moves.page(0.9, shift),
    "+": () => moves.zoom(Math.SQRT2),
    "=": () => moves.zoom(Math.SQRT2),
    "-": () => moves.zoom(Math.SQRT1_2),
    t: () => moves.taller(0.5),
    T: () => moves.taller(2),
    "0": () => moves.whole(),
    "[": () => commands.multiplyLimit(view, -1),
    "]": () => commands.multiplyLimit(view, 1),
    "\\": () => commands.limitBy(view, "99.5%"),
    ",": () => commands.addOpacity(view, -0.05),
    ".": () => commands.addOpacity(view, 0.05),
    m: () => commands.nextMap(view),
    "?": () => help.toggle(),
    Escape: () => (help.open ? help.close() : moves.clear()),
  };
  view.root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.closest("select") && event.key.length === 1) return;
    const closing = event.key === "Escape" && help.open;
    if (target.closest("input, select, button, summary") && OWN.test(event.key) && !closing) return;
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event.shiftKey);
  });
  return shield(view.root);
}
