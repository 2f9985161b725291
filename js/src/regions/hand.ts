/** Pointer and keyboard as one hand that draws: presses, moves and corners become strokes. */
import type { Size } from "../geometry";
import type { Stage } from "../heatmap/stage";
import type { View } from "../heatmap/view";
import { holds, NONE, type Runs } from "./runs";
import type { Point } from "./shapes";
import { BoxStroke, BrushStroke, LassoStroke, type Mode, PickStroke, PolygonStroke, type Stroke, type Tool } from "./strokes";

/** What the hand sees of the view, and what it tells it. */
export interface Canvas extends View {
  readonly tool: Tool;
  readonly size: Size;
  readonly radius: number;
  /** The pixels of the chosen region; null while none is. */
  readonly chosen: Runs | null;
  pieceAt(point: Point): Runs | null;
  /** Chooses the region under the point, if there is one. */
  chooseAt(point: Point): void;
  finish(stroke: Stroke): void;
  /** The stroke in the making has changed. */
  changed(): void;
}

/** A press that moves less than this (CSS pixels) is a click. */
const SLACK = 3;
/** Corners this near (CSS pixels) are one. */
const NEAR = 8;

export class Hand {
  stroke: Stroke | null = null;
  /** Where the pointer is over the picture. */
  at: Point | null = null;
  private press: { id: number; x: number; y: number; moved: boolean } | null = null;
  private typed = false;

  constructor(
    private readonly view: Canvas,
    private readonly stage: Stage,
  ) {
    const { element } = stage;
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.up(event));
    element.addEventListener("pointercancel", () => this.cancel());
    element.addEventListener("pointerleave", () => {
      this.at = null;
      view.changed();
    });
    element.addEventListener("dblclick", () => this.close());
  }

  /** Whether this hand deals with a press, and not the one that pans. */
  takes(event: MouseEvent): boolean {
    return this.view.tool !== "pan" && event.button === 0;
  }

  /** Forgets the stroke; true if there was one. */
  cancel(): boolean {
    const was = this.stroke !== null;
    this.stroke = this.press = null;
    this.typed = false;
    this.view.changed();
    return was;
  }

  private down(event: PointerEvent): void {
    const point = this.takes(event) && !this.press ? this.stage.pointUnder(this.view, event) : null;
    if (!point) return;
    this.stage.element.focus({ preventScroll: true });
    if (this.stroke instanceof PolygonStroke) return this.corner(point);
    if (this.stroke) this.cancel(); // one that the keyboard had begun
    this.press = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
    this.stage.element.setPointerCapture(event.pointerId);
    this.begin(point, modeOf(event));
  }

  private move(event: PointerEvent): void {
    this.at = this.stage.pointUnder(this.view, event);
    if (this.press && event.pointerId === this.press.id) {
      this.press.moved ||= Math.hypot(event.clientX - this.press.x, event.clientY - this.press.y) >= SLACK;
    } else if (!(this.stroke instanceof PolygonStroke)) return this.view.changed();
    const steps = event.getCoalescedEvents?.() ?? [];
    for (const step of steps.length ? steps : [event]) {
      const point = this.stage.pointUnder(this.view, step);
      if (point) this.stroke?.move(point);
    }
    this.view.changed();
  }

  private up(event: PointerEvent): void {
    if (!this.press || event.pointerId !== this.press.id) return;
    const { moved } = this.press;
    this.press = null;
    const { tool } = this.view;
    if (this.stroke instanceof PolygonStroke) return;
    const point = this.stage.pointUnder(this.view, event);
    if (!moved && (tool === "rectangle" || tool === "ellipse" || tool === "lasso")) {
      this.cancel();
      if (point) this.view.chooseAt(point);
      return;
    }
    this.done();
  }

  private begin(point: Point, asked: Mode | null): void {
    const { view } = this;
    const { size, tool, chosen, radius } = view;
    const mode: Mode = chosen === null ? "new" : (asked ?? "new");
    if (tool === "rectangle") this.stroke = new BoxStroke(mode, "box", point, size);
    else if (tool === "ellipse") this.stroke = new BoxStroke(mode, "ellipse", point, size);
    else if (tool === "polygon") this.stroke = new PolygonStroke(mode, point, size, () => this.near());
    else if (tool === "lasso") this.stroke = new LassoStroke(mode, point, size);
    else if (tool === "brush") this.stroke = new BrushStroke(this.extending(asked), point, radius, size);
    else if (tool === "eraser") this.erase(point);
    else if (tool === "superpixel") this.pick(point, asked);
    view.changed();
  }

  /** What brush and superpixels do: they go on with the chosen region. */
  private extending(asked: Mode | null): Mode {
    return this.view.chosen === null ? "new" : (asked ?? "add");
  }

  private erase(point: Point): void {
    if (this.view.chosen === null) this.view.chooseAt(point);
    if (this.view.chosen === null) return this.view.announce("choose a region to erase from");
    this.stroke = new BrushStroke("remove", point, this.view.radius, this.view.size);
  }

  private pick(point: Point, asked: Mode | null): void {
    const piece = this.view.pieceAt(point);
    if (!piece) return this.view.announce("superpixels are not there yet");
    const { chosen } = this.view;
    // A piece that is in goes out.
    const inside = chosen !== null && piece.length > 0 && holds(chosen, piece[0]);
    const mode = inside && asked === null ? "remove" : this.extending(asked);
    this.stroke = new PickStroke(mode, point, (at) => this.view.pieceAt(at) ?? NONE, this.view.size);
  }

  /** Sets a corner at a point, or begins there. */
  private corner(point: Point): void {
    if (this.stroke?.corner(point)) this.done();
    else this.view.changed();
  }

  private close(): void {
    if (!(this.stroke instanceof PolygonStroke)) return;
    if (this.stroke.corners.length >= 3) this.done();
  }

  private done(): void {
    const { stroke } = this;
    this.stroke = this.press = null;
    this.typed = false;
    if (stroke) this.view.finish(stroke);
    this.view.changed();
  }

  // -- the keyboard: Enter sets a corner or puts the pen down, the cursor moves it -------------------

  enter(event: KeyboardEvent): void {
    const { cursor } = this.view.options;
    if (this.view.tool === "pan") return;
    if (!cursor) return this.view.announce("move the cursor with the arrows first");
    const point = centre(cursor);
    if (this.stroke) return this.corner(point);
    this.begin(point, modeOf(event));
    this.typed = true;
    if (this.view.tool === "superpixel") this.done();
    else if (this.stroke) this.view.announce(this.view.tool === "polygon" ? "corner" : "begun; Enter ends it");
  }

  /** The cursor has gone somewhere. */
  follow(cursor: readonly [number, number] | null): void {
    if (!this.typed || !this.stroke || !cursor) return;
    this.stroke.move(centre(cursor));
    this.view.changed();
  }

  private near(): number {
    const { at, ratio } = this.stage.place;
    // With keys a corner is meant by its pixel, with the pointer by what lies within reach.
    return this.typed ? 0.01 : (NEAR * ratio) / at.scaleX;
  }
}

function centre([row, column]: readonly [number, number]): Point {
  return [row + 0.5, column + 0.5];
}

/** Shift adds to the chosen region, Alt takes away from it. */
function modeOf(event: MouseEvent | KeyboardEvent): Mode | null {
  return event.altKey ? "remove" : event.shiftKey ? "add" : null;
}
