/** The keys of the player. Tab is never touched; what a control needs for itself stays with it. */
import type { Help, Keys } from "../help";
import { shield } from "../shield";
import type { Commands } from "./controls";

export const KEYS: Keys = [
  ["Space", "play, pause"],
  ["left, right", "one step back, forward"],
  ["Shift + left, right", "ten steps"],
  ["Home, End", "first, last known step"],
  ["drag on the curves", "scrub"],
  ["click on a row", "show that order"],
  ["hover, click", "read a pixel, pin the cursor"],
  ["wheel, +  -", "zoom (wheel: after a click on a picture, or with Ctrl)"],
  ["drag on a picture", "pan"],
  ["double click, 0", "show the whole picture"],
  ["Esc", "close this, remove the cursor"],
  ["?", "this table"],
];

export function keyboard(root: HTMLElement, commands: Commands, help: Help): () => void {
  const keys: Record<string, (event: KeyboardEvent) => void> = {
    " ": () => commands.toggle(),
    ArrowLeft: (event) => commands.by(event.shiftKey ? -10 : -1),
    ArrowRight: (event) => commands.by(event.shiftKey ? 10 : 1),
    Home: () => commands.go(0),
    End: () => commands.go(Infinity),
    "?": () => help.toggle(),
    "+": () => commands.zoom(Math.SQRT2),
    "=": () => commands.zoom(Math.SQRT2),
    "-": () => commands.zoom(Math.SQRT1_2),
    "0": () => commands.whole(),
    Escape: () => (help.open ? help.close() : commands.pin(null)),
  };
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    const target = event.target as HTMLElement;
    // A menu and radio buttons move by arrows, a button is pressed by Space; the scrubber does as the player does.
    const own = target.closest("select, button, summary, input:not([type=range])");
    if (own && event.key !== "?" && !(event.key === "Escape" && help.open)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key](event);
  });
  return shield(root);
}
