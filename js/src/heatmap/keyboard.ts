/** The keys. Tab is never touched; what a control needs for itself stays with it. */
import * as commands from "./commands";
import type { Help, Keys } from "../help";
import { shield } from "../shield";
import type { Readout } from "./readout";
import type { Stage } from "./stage";
import type { View } from "./view";

/** What the table of keys says. */
export const KEYS: Keys = [
  ["hover", "read position, relevance and pixel"],
  ["click", "pin the cursor"],
  ["arrows, Shift + arrows", "move the cursor by 1, by 10"],
  ["wheel", "zoom at the pointer (after a click here, or with Ctrl)"],
  ["drag", "pan"],
  ["double click, 0", "show the whole picture"],
  ["+  -", "zoom in, out"],
  ["[  ]", "limit down, up"],
  ["\\", "limit back to automatic"],
  [",  .", "opacity down, up"],
  ["v", "next layout"],
  ["m", "next colour map"],
  ["p", "pixelated or smooth"],
  ["Esc", "close this, remove the cursor"],
  ["?", "this table"],
];

/** Keys that menus and sliders use themselves. */
const OWN = /^(Arrow|Home|End|Page|Enter|Escape| )/;

export function keyboard(view: View, stage: Stage, readout: Readout, help: Help): () => void {
  const move = (event: KeyboardEvent, rows: number, columns: number): void => {
    const step = event.shiftKey ? 10 : 1;
    commands.moveCursor(view, rows * step, columns * step, () => readout.sentence(view));
  };
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    "[": () => commands.multiplyLimit(view, -1),
    "]": () => commands.multiplyLimit(view, 1),
    "\\": () => commands.limitBy(view, "99.5%"),
    ",": () => commands.addOpacity(view, -0.05),
    ".": () => commands.addOpacity(view, 0.05),
    v: () => commands.nextLayout(view),
    m: () => commands.nextMap(view),
    p: () => commands.togglePixelated(view),
    ArrowUp: (event) => move(event, -1, 0),
    ArrowDown: (event) => move(event, 1, 0),
    ArrowLeft: (event) => move(event, 0, -1),
    ArrowRight: (event) => move(event, 0, 1),
    "+": () => stage.zoom(view, Math.SQRT2),
    "=": () => stage.zoom(view, Math.SQRT2),
    "-": () => stage.zoom(view, Math.SQRT1_2),
    "0": () => commands.fitView(view),
    "?": () => help.toggle(),
    Escape: () => (help.open ? help.close() : view.pin(null)),
  };

  const handler = (event: KeyboardEvent): ((event: KeyboardEvent) => void) | undefined => {
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const target = event.target as HTMLElement;
    const control = target.closest("input, select, button, summary");
    // A menu searches by letter; other controls need only their own keys. Escape always closes the help.
    if (target.closest("select") && event.key.length === 1) return undefined;
    if (control && OWN.test(event.key) && !(event.key === "Escape" && help.open)) return undefined;
    return Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
  };

  view.root.addEventListener("keydown", (event) => {
    const act = handler(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  });

  return shield(view.root);
}
