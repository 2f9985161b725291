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

/** Only where somebody answers it: a workbench with a model. */
export const SHIFTS_KEY: Keys = [["t", "translation trick on or off"]];

type Act = (event: KeyboardEvent) => void;

/** `own`: further keys of a view, which win; with Ctrl they are written "Ctrl+z", "Ctrl+Shift+z". */
export function keyboard(
  view: View,
  stage: Stage,
  readout: Readout,
  help: Help,
  own: Record<string, Act> = {},
): () => void {
  const move = (event: KeyboardEvent, rows: number, columns: number): void => {
    const step = event.shiftKey ? 10 : 1;
    commands.moveCursor(view, rows * step, columns * step, () => readout.sentence(view));
  };
  const keys: Record<string, Act> = {
    "[": () => commands.multiplyLimit(view, -1),
    "]": () => commands.multiplyLimit(view, 1),
    "\\": () => commands.limitBy(view, "99.5%"),
    ",": () => commands.addOpacity(view, -0.05),
    ".": () => commands.addOpacity(view, 0.05),
    v: () => commands.nextLayout(view),
    m: () => commands.nextMap(view),
    p: () => commands.togglePixelated(view),
    t: () => commands.toggleShifts(view),
    ArrowUp: (event) => move(event, -1, 0),
    ArrowDown: (event) => move(event, 1, 0),
    ArrowLeft: (event) => move(event, 0, -1),
    ArrowRight: (event) => move(event, 0, 1),
    "+": () => stage.zoom(view, Math.SQRT2),
    "=": () => stage.zoom(view, Math.SQRT2),
    "-": () => stage.zoom(view, Math.SQRT1_2),
    "0": () => commands.fitView(view),
    "?": () => help.toggle(),
    Escape: () => view.pin(null),
    ...own,
  };

  const handler = (event: KeyboardEvent): Act | undefined => {
    const combined = chord(event);
    if (combined) return Object.hasOwn(own, combined) && !isTyped(event) ? own[combined] : undefined;
    if (event.altKey) return undefined;
    if (event.key === "Escape" && help.open) return () => help.close();
    const target = event.target as HTMLElement;
    const control = target.closest("input, select, button, summary");
    // A menu searches by letter, a text is typed; other controls need only their own keys.
    if ((target.closest("select") && event.key.length === 1) || isTyped(event)) return undefined;
    if (control && OWN.test(event.key)) return undefined;
    return Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
  };

  view.root.addEventListener("keydown", (event) => {
    const act = handler(event);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(event);
  });

  return shield(view.root, (event) => Object.hasOwn(own, chord(event)));
}

/** "Ctrl+z", "Ctrl+Shift+z"; empty without Ctrl (on a Mac, Command). */
function chord(event: KeyboardEvent): string {
  if (!event.ctrlKey && !event.metaKey) return "";
  return `Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.toLowerCase()}`;
}

function isTyped(event: KeyboardEvent): boolean {
  return event.target instanceof HTMLInputElement && /^(text|search|number)$/.test(event.target.type);
}
