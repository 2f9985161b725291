/** Pointer and wheel: hover reads, a click pins, a drag pans, the wheel zooms once the view has the focus. */
import { WHOLE } from "../geometry";
import type { Lens, Looked } from "./lens";

/** A press that moves less than this (CSS pixels) is a click. */
const SLACK = 3;

/** `taken` says which presses and double clicks another hand deals with: a drawing one. */
export function gestures(view: Looked, stage: Lens, taken: (event: MouseEvent) => boolean = () => false): void {
  const { element } = stage;
  let press: { id: number; x: number; y: number; dragging: boolean } | null = null;

  element.addEventListener("pointermove", (event) => {
    if (!press) return view.hover(stage.pixelUnder(view, event));
    if (event.pointerId !== press.id) return;
    const dx = event.clientX - press.x;
    const dy = event.clientY - press.y;
    if (!press.dragging && Math.hypot(dx, dy) < SLACK) return;
    if (!press.dragging) element.setPointerCapture(event.pointerId);
    press = { id: press.id, x: event.clientX, y: event.clientY, dragging: true };
    element.classList.add("lrpw-dragging");
    stage.pan(view, dx, dy);
  });

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || press || taken(event)) return;
    press = { id: event.pointerId, x: event.clientX, y: event.clientY, dragging: false };
    element.focus({ preventScroll: true });
  });

  const release = (event: PointerEvent): void => {
    if (!press || event.pointerId !== press.id) return;
    const { dragging } = press;
    press = null;
    element.classList.remove("lrpw-dragging");
    if (dragging) view.commit();
    else if (event.type === "pointerup") view.pin(stage.pixelUnder(view, event));
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
  element.addEventListener("pointerleave", (event) => {
    if (press && !press.dragging) press = null;
    if (!press) view.hover(null);
    event.stopPropagation();
  });
  element.addEventListener("dblclick", (event) => {
    if (!taken(event)) view.set({ viewport: WHOLE }, "now");
  });

  element.addEventListener(
    "wheel",
    (event) => {
      // Without the focus the notebook scrolls, as always. A pinch on a touchpad arrives as Ctrl + wheel.
      if (!event.ctrlKey && document.activeElement !== element) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / 100 : event.deltaY / 3;
      stage.zoom(view, 2 ** (-0.5 * Math.max(-4, Math.min(4, event.ctrlKey ? 2 * lines : lines))), event);
    },
    { passive: false },
  );
}
