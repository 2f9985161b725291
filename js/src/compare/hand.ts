/** Drawing the region that all cells share: Shift and drag, or the key r at the cursor, in any cell. */
import type { Cursor } from "../heatmap/options";
import type { Cell } from "./cell";
import { between, type Region } from "./state";

export interface Draws {
  put(values: { region: Region }, commit: "never"): void;
  commit(): void;
}

/** Takes presses with Shift before the picture pans by them. */
export function drawing(cell: Cell, board: Draws): void {
  const place = cell.element;
  let from: Cursor | null = null;
  place.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0 || !event.shiftKey || !cell.stage.element.contains(event.target as Node)) return;
      from = cell.stage.pixelUnder(cell, event);
      if (!from) return;
      event.stopPropagation();
      event.preventDefault();
      cell.stage.element.focus({ preventScroll: true });
      place.setPointerCapture(event.pointerId);
    },
    { capture: true },
  );
  place.addEventListener("pointermove", (event) => {
    const to = from && cell.stage.pixelUnder(cell, event);
    if (from && to) board.put({ region: between(from, to) }, "never");
  });
  const end = (): void => {
    if (from) board.commit();
    from = null;
  };
  place.addEventListener("pointerup", end);
  place.addEventListener("pointercancel", end);
}
