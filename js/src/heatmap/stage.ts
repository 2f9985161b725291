/** The picture or pictures: how large, where the source lies on them, and which canvas shows what. */
import { h } from "../dom";
import { clamp, fit, type Fit, panBy, pixelAt, type Transform, transform, zoomAt } from "../geometry";
import type { Cursor, Options } from "./options";
import { type Layer, layersOf } from "./painter";
import { Panel } from "./panel";
import type { View } from "./view";
import { windowOf } from "./window";

const GAP = 8;
const MAX_HEIGHT = 512;

export class Stage {
  private readonly panels: Panel<Layer, Options>[] = [];
  readonly element = h("div", {
    class: "lrpw-stage",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "heat map",
  });
  private fitted: Fit = { width: 1, height: 1, scaleX: 1, scaleY: 1 };
  private at: Transform = { scaleX: 1, scaleY: 1, originX: 0, originY: 0 };
  private ratio = 1;

  /** Draws the view into `room` CSS pixels of width; true when a pixel may have changed. */
  draw(view: View, room: number): boolean {
    const { painter, options } = view;
    if (!painter || room <= 0) return false;
    const { source } = painter;
    const layers = layersOf(options.layout);
    let changed = this.arrange(layers.length);
    this.ratio = window.devicePixelRatio || 1;
    const most = Number.parseFloat(getComputedStyle(view.root).getPropertyValue("--lrpw-max-height"));
    const box = {
      width: Math.floor(((room - GAP * (layers.length - 1)) / layers.length) * this.ratio),
      height: Math.floor((most > 0 ? most : MAX_HEIGHT) * this.ratio),
    };
    this.fitted = fit(source, { width: Math.max(1, box.width), height: box.height }, options.pixelated);
    this.at = transform(options.viewport, source, this.fitted, options.pixelated);
    layers.forEach((layer, i) => {
      const drawn = this.panels[i].draw(painter, layer, options, this.fitted, this.at, this.ratio);
      this.panels[i].frame(windowOf(view, source), this.at, this.ratio);
      this.panels[i].point(options, this.fitted, this.at, this.ratio);
      changed ||= drawn;
    });
    this.element.classList.toggle("lrpw-zoomed", options.viewport.zoom > 1);
    return changed;
  }

  private arrange(count: number): boolean {
    const before = this.panels.length;
    while (this.panels.length < count) {
      const panel = new Panel<Layer, Options>();
      this.panels.push(panel);
      this.element.append(panel.element);
    }
    while (this.panels.length > count) this.panels.pop()?.element.remove();
    return before !== count;
  }

  /** How wide all panels are together, in CSS pixels. */
  get width(): number {
    return (this.panels.length * this.fitted.width) / this.ratio + GAP * (this.panels.length - 1);
  }

  /** The source pixel under the pointer, whichever panel that is over. */
  pixelUnder(view: View, event: MouseEvent): Cursor | null {
    const point = this.locate(event);
    return view.painter && point ? pixelAt(this.at, view.painter.source, ...point) : null;
  }

  /** The point of the source under the pointer, [row, column] in source pixels; beside the picture the nearest one. */
  pointUnder(view: View, event: MouseEvent): [number, number] | null {
    if (!view.painter) return null;
    const { width, height } = view.painter.source;
    const distance = (panel: { canvas: HTMLCanvasElement }): number => {
      const box = panel.canvas.getBoundingClientRect();
      return Math.max(box.left - event.clientX, event.clientX - box.right, 0);
    };
    const [panel] = [...this.panels].sort((a, b) => distance(a) - distance(b));
    const { canvas } = panel;
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * canvas.width) / box.width;
    const y = ((event.clientY - box.top) * canvas.height) / box.height;
    return [
      clamp((y - this.at.originY) / this.at.scaleY, 0, height),
      clamp((x - this.at.originX) / this.at.scaleX, 0, width),
    ];
  }

  /** What is to be drawn over the picture: the elements of its panels, and where the source lies on them. */
  get place(): { frames: readonly HTMLElement[]; fit: Fit; at: Transform; ratio: number } {
    return { frames: this.panels.map((panel) => panel.element), fit: this.fitted, at: this.at, ratio: this.ratio };
  }

  /** Zooms and keeps what is under the pointer, or the middle, in place. */
  zoom(view: View, factor: number, event?: MouseEvent): void {
    if (!view.painter) return;
    const middle: [number, number] = [this.fitted.width / 2, this.fitted.height / 2];
    const [x, y] = (event && this.locate(event)) ?? middle;
    const viewport = zoomAt(view.options.viewport, view.painter.source, this.fitted, x, y, factor);
    view.set({ viewport }, "soon");
  }

  pan(view: View, dx: number, dy: number): void {
    if (!view.painter) return;
    const { viewport } = view.options;
    const moved = panBy(viewport, view.painter.source, this.fitted, dx * this.ratio, dy * this.ratio);
    view.set({ viewport: moved }, "never");
  }

  /** Device pixels on the panel under the pointer. */
  private locate(event: MouseEvent): [number, number] | null {
    for (const { canvas } of this.panels) {
      const box = canvas.getBoundingClientRect();
      const x = event.clientX - box.left;
      const y = event.clientY - box.top;
      if (x >= 0 && y >= 0 && x < box.width && y < box.height) {
        // An ancestor may scale the page: the ratio is measured, not assumed.
        return [(x * canvas.width) / box.width, (y * canvas.height) / box.height];
      }
    }
    return null;
  }
}
