/** The keys of a text. Tab is never touched; what a control needs for itself stays with it. */
import * as commands from "../heatmap/commands";
import type { View } from "../heatmap/view";
import type { Help, Keys } from "../help";
import { shield } from "../shield";

export const KEYS: Keys = [
  ["hover", "read the relevance of a word"],
  ["click", "pin the word"],
  ["\u2190  \u2192", "from word to word"],
  ["\u2191  \u2193", "to the next stronger, the next weaker word"],
  ["Home, End", "first, last word"],
  ["[  ]", "limit down, up"],
  ["\\", "limit back to automatic"],
  [",  .", "opacity down, up"],
  ["m", "next colour map"],
  ["Esc", "close this, remove the cursor"],
  ["?", "this table"],
];

/** What the keys ask of the text. */
export interface Walk {
  /** To the word `by` further, in the direction in which it is seen. */
  step(by: number): void;
  /** To the word that is `by` places weaker. */
  weaker(by: number): void;
  go(word: number): void;
  readonly last: number;
}

const OWN = /^(Arrow|Home|End|Page|Enter|Escape| )/;

export function textKeys(view: View, help: Help, walk: Walk): () => void {
  const keys: Record<string, () => void> = {
    "[": () => commands.multiplyLimit(view, -1),
    "]": () => commands.multiplyLimit(view, 1),
    "\\": () => commands.limitBy(view, "99.5%"),
    ",": () => commands.addOpacity(view, -0.05),
    ".": () => commands.addOpacity(view, 0.05),
    m: () => commands.nextMap(view),
    ArrowLeft: () => walk.step(-1),
    ArrowRight: () => walk.step(1),
    ArrowUp: () => walk.weaker(-1),
    ArrowDown: () => walk.weaker(1),
    Home: () => walk.go(0),
    End: () => walk.go(walk.last),
    "?": () => help.toggle(),
    Escape: () => (help.open ? help.close() : view.pin(null)),
  };
  view.root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.closest("select") && event.key.length === 1) return;
    if (target.closest("input, select, button, summary") && OWN.test(event.key) && !(event.key === "Escape" && help.open)) return;
    if (event.shiftKey && OWN.test(event.key)) return; // selecting text by keys is the browser's
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  });
  return shield(view.root);
}
