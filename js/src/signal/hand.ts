/** The mouse on the stage: reading, pinning, and the window of time that is dragged. */
import { clamp } from "../geometry";
import { dragged, type Hold, holdAt, type Samples } from "./window";

/** What the hand asks of the recording. */
export interface Grip {
  readonly samples: number;
  readonly window: Samples | null;
  /** The sample under the pointer, not whole, and the channel if there is a trace. */
  under(event: MouseEvent): { at: number; channel: number | null; onTraces: boolean };
  /** Samples that a CSS pixel holds. */
  readonly perPixel: number;
  hover(at: number | null, channel: number | null): void;
  choose(window: Samples | null, done: boolean): void;
  pin(at: number, channel: number | null): void;
  wheel(event: WheelEvent): void;
  whole(): void;
}

const SLACK = 4; // CSS pixels: a press that moves less is a click; an edge is this thick

export function stageHands(stage: HTMLElement, grip: Grip): void {
  let press: { id: number; x: number; from: number; hold: Hold; before: Samples | null; moved: boolean } | null = null;
  const hold = (event: PointerEvent): Hold => {
    const { at, onTraces } = grip.under(event);
    return holdAt(grip.window, at, SLACK * grip.perPixel, !onTraces || event.shiftKey);
  };
  stage.addEventListener("pointermove", (event) => {
    if (press && event.pointerId !== press.id) return;
    const { at, channel } = grip.under(event);
    if (press && (press.moved || Math.abs(event.clientX - press.x) >= SLACK)) {
      if (!press.moved) stage.setPointerCapture(event.pointerId);
      press.moved = true;
      grip.choose(dragged(press.hold, press.before ?? [0, grip.samples], press.from, at, grip.samples), false);
    }
    const over = press?.hold ?? hold(event);
    stage.style.cursor = over === "inside" ? "grab" : over === "new" ? "crosshair" : "ew-resize";
    grip.hover(clamp(Math.floor(at), 0, grip.samples - 1), channel);
  });
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || press) return;
    press = { id: event.pointerId, x: event.clientX, from: grip.under(event).at, hold: hold(event), before: grip.window, moved: false };
    stage.focus({ preventScroll: true });
  });
  const release = (event: PointerEvent): void => {
    if (!press || event.pointerId !== press.id) return;
    const { moved, from, before } = press;
    press = null;
    if (event.type !== "pointerup") return moved ? grip.choose(before, true) : undefined;
    if (moved) grip.choose(grip.window, true);
    else grip.pin(clamp(Math.floor(from), 0, grip.samples - 1), grip.under(event).channel);
  };
  stage.addEventListener("pointerup", release);
  stage.addEventListener("pointercancel", release);
  stage.addEventListener("pointerleave", () => grip.hover(null, null));
  stage.addEventListener("dblclick", () => grip.whole());
  stage.addEventListener("wheel", (event) => grip.wheel(event), { passive: false });
}
