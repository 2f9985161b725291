/** The picture or pictures: how large, where the source lies on them, and which canvas shows what. */
import { h } from "../dom";
import { fit, type Fit, type Transform, transform } from "../geometry";
import { Lens } from "./lens";
import type { Options } from "./options";
import { type Layer, layersOf } from "./painter";
import { Panel } from "./panel";
import type { View } from "./view";
import { windowOf } from "./window";

const GAP = 8;
const MAX_HEIGHT = 512;

export class Stage extends Lens {
  protected readonly panels: Panel<Layer, Options>[] = [];

  constructor() {
    super(h("div", { class: "lrpw-stage", tabindex: 0, role: "application", "aria-roledescription": "heat map" }));
  }

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

  /** What is to be drawn over the picture: the elements of its panels, and where the source lies on them. */
  get place(): { frames: readonly HTMLElement[]; fit: Fit; at: Transform; ratio: number } {
    return { frames: this.panels.map((panel) => panel.element), fit: this.fitted, at: this.at, ratio: this.ratio };
  }
}
