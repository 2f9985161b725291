/** The keys of a comparison beside the heat map's. */
import type { Cursor } from "../heatmap/options";
import type { Commit } from "../heatmap/view";
import { between, type Region } from "./state";

interface Board {
  readonly options: { cursor: Cursor | null };
  readonly region: Region | null;
  step(rows: number, columns: number): void;
  markActive(which: "a" | "b"): void;
  nextScale(): void;
  put(values: Record<string, unknown>, commit: Commit): void;
  announce(text: string): void;
}

const STEPS: Record<string, readonly [rows: number, columns: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Listens before the heat map's keys do; the result ends it. */
export function compareKeys(root: HTMLElement, board: Board): () => void {
  /** The corner that was set with r, until the other one is. */
  let corner: Cursor | null = null;

  const cornerHere = (): void => {
    const { cursor } = board.options;
    if (!cursor) return board.announce("no cursor: move it with the arrows first");
    if (corner) board.put({ region: between(corner, cursor) }, "now");
    board.announce(corner ? "region drawn" : "corner set: move the cursor and press r again");
    corner = corner ? null : cursor;
  };

  /** One thing at a time: an unfinished region, then the region, then whatever the heat map closes. */
  const escape = (): boolean => {
    const open = !!corner || !!board.region;
    if (corner) corner = null;
    else if (board.region) board.put({ region: null }, "now");
    return open;
  };

  const keys: Record<string, () => void> = {
    a: () => board.markActive("a"),
    b: () => board.markActive("b"),
    r: cornerHere,
    s: () => board.nextScale(),
  };

  const act = (event: KeyboardEvent): boolean => {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey) return false;
    if (event.altKey) {
      if (!Object.hasOwn(STEPS, event.key)) return false;
      board.step(...STEPS[event.key]);
      return true;
    }
    if (target.closest("select")) return false;
    if (event.key === "Escape") return !root.querySelector(".lrpw-help:not([hidden])") && escape();
    if (!Object.hasOwn(keys, event.key)) return false;
    keys[event.key]();
    return true;
  };

  const listen = (event: KeyboardEvent): void => {
    if (!act(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  root.addEventListener("keydown", listen);
  return () => root.removeEventListener("keydown", listen);
}
