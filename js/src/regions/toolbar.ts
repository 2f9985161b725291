/** What draws: tools, the brush's size, undo and redo. */
import { button, h, radios, slider } from "../dom";
import { plain } from "../format";
import { icon } from "./icons";
import { TOOLS, type Tool } from "./strokes";

export const TOOL_KEYS: Record<Tool, string> = {
  pan: "h",
  rectangle: "r",
  ellipse: "e",
  polygon: "g",
  lasso: "l",
  brush: "b",
  eraser: "x",
  superpixel: "s",
};

const TEXT: Record<Tool, string> = {
  pan: "Move the picture",
  rectangle: "Rectangle",
  ellipse: "Ellipse",
  polygon: "Polygon: click its corners, double click to close",
  lasso: "Lasso",
  brush: "Brush",
  eraser: "Eraser",
  superpixel: "Superpixels",
};

export interface Actions {
  choose(tool: Tool): void;
  radius(radius: number, done: boolean): void;
  begin(): void;
  undo(): void;
  redo(): void;
}

/** The smallest radius, in source pixels; the largest is a quarter of the picture. */
const FINEST = 0.5;

export class Tools {
  private readonly tools = radios(
    "Tool",
    "What a drag does",
    "lrpw-segments lrpw-region-tools",
    TOOLS.map((value) => ({ value, label: `${TEXT[value]} (${TOOL_KEYS[value]})`, content: icon(value) })),
    (tool) => this.actions.choose(tool as Tool),
  );
  private readonly brush = slider(
    "Brush",
    "Radius of brush and eraser",
    (position) => this.actions.radius(FINEST * (this.most / FINEST) ** position, false),
    () => this.actions.radius(this.now, true),
  );
  private readonly begin = button("New", "The next stroke begins a new region (n)", () => this.actions.begin());
  private readonly undo = button("Undo", "Undo (Ctrl+Z)", () => this.actions.undo());
  private readonly redo = button("Redo", "Redo (Ctrl+Shift+Z)", () => this.actions.redo());
  private most = 1;
  private now = 1;
  readonly element: HTMLElement;

  constructor(private readonly actions: Actions) {
    const buttons = h("div", { class: "lrpw-buttons" }, this.begin, this.undo, this.redo);
    const row = h("div", { class: "lrpw-row" }, h("span", { class: "lrpw-label" }, "Region"), buttons);
    this.element = h("div", { class: "lrpw-tools", role: "group", "aria-label": "Drawing" });
    this.element.append(this.tools.element, this.brush.element, row);
  }

  update(tool: Tool, radius: number, side: number, chosen: boolean, canUndo: boolean, canRedo: boolean): void {
    this.most = Math.max(2 * FINEST, side / 4);
    this.now = radius;
    this.tools.update(tool);
    const position = Math.log(Math.max(FINEST, radius) / FINEST) / Math.log(this.most / FINEST);
    this.brush.update(Math.min(1, position), `${plain(radius, 2)} px`);
    this.brush.element.hidden = tool !== "brush" && tool !== "eraser";
    this.begin.disabled = !chosen;
    this.undo.disabled = !canUndo;
    this.redo.disabled = !canRedo;
  }
}
