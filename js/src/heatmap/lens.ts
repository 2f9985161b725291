/** Where a source lies on canvases that show it alike, and what a pointer does there: point, zoom, pan. */
import { clamp, type Fit, panBy, pixelAt, type Size, type Transform, type Viewport, zoomAt } from "../geometry";
import type { Cursor } from "./options";
import type { Commit } from "./view";

/** What a lens needs of the view that it looks at. */
export interface Looked {
  readonly options: { viewport: Viewport };
  /** null while there is nothing to show. */
  readonly painter: { readonly source: Size } | null;
  set(values: { viewport: Viewport }, commit: Commit): void;
  commit(): void;
  hover(cursor: Cursor | null): void;
  pin(cursor: Cursor | null): void;
}

export abstract class Lens {
  protected fitted: Fit = { width: 1, height: 1, scaleX: 1, scaleY: 1 };
  protected at: Transform = { scaleX: 1, scaleY: 1, originX: 0, originY: 0 };
  protected ratio = 1;

  constructor(readonly element: HTMLElement) {}

  protected abstract readonly panels: readonly { canvas: HTMLCanvasElement }[];

  /** The source pixel under the pointer, whichever panel that is over. */
  pixelUnder(view: Looked, event: MouseEvent): Cursor | null {
    const point = this.locate(event);
    return view.painter && point ? pixelAt(this.at, view.painter.source, ...point) : null;
  }

  /** The point of the source under the pointer, [row, column] in source pixels; beside the picture the nearest one. */
  pointUnder(view: Looked, event: MouseEvent): [number, number] | null {
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

  /** Zooms and keeps what is under the pointer, or the middle, in place. */
  zoom(view: Looked, factor: number, event?: MouseEvent): void {
    if (!view.painter) return;
    const middle: [number, number] = [this.fitted.width / 2, this.fitted.height / 2];
    const [x, y] = (event && this.locate(event)) ?? middle;
    const viewport = zoomAt(view.options.viewport, view.painter.source, this.fitted, x, y, factor);
    view.set({ viewport }, "soon");
  }

  pan(view: Looked, dx: number, dy: number): void {
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
