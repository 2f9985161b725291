/** One canvas: a layer of the source, coloured at source size, then scaled to device pixels. */
import { h } from "../dom";
import { centreOf, type Fit, type Size, type Transform } from "../geometry";
import type { Cursor } from "./options";
import { bilinear } from "../resample";
import type { Rect } from "./window";

/** What colours the layers of a source; equal keys, equal pictures. */
export interface Paints<Layer extends string, Look> {
  readonly source: Size;
  key(layer: Layer, look: Look): string;
  /** The rows that differ from what `out` held before, 1 for each; nothing where all may. */
  paint(layer: Layer, look: Look, out: Uint32Array): Uint8Array | void;
}

export class Panel<Layer extends string, Look extends { pixelated: boolean }> {
  readonly canvas = h("canvas", { class: "lrpw-canvas", width: 1, height: 1 });
  private readonly lineX = h("div", { class: "lrpw-cross lrpw-cross-x" });
  private readonly lineY = h("div", { class: "lrpw-cross lrpw-cross-y" });
  private readonly window = h("div", { class: "lrpw-window", hidden: true });
  readonly element = h("div", { class: "lrpw-panel" }, this.canvas, this.window, this.lineX, this.lineY);
  private readonly context = this.canvas.getContext("2d", { alpha: false });
  /** The layer at source size, and the same as a canvas for whoever needs one. */
  private pixels = new Uint32Array(0);
  private readonly squares = document.createElement("canvas");
  private smooth = new ImageData(1, 1);
  private painter: Paints<Layer, Look> | null = null;
  private coloured = "";
  private squared = "";
  private drawn = "";

  /** Draws what changed; true when a pixel may have. */
  draw(painter: Paints<Layer, Look>, layer: Layer, options: Look, fit: Fit, at: Transform, ratio: number): boolean {
    const key = painter.key(layer, options);
    const place = [fit.width, fit.height, at.scaleX, at.originX, at.originY, options.pixelated, ratio].join();
    const recolour = painter !== this.painter || key !== this.coloured;
    if (!this.context || (!recolour && place === this.drawn)) return false;
    const { width, height } = painter.source;
    let touched: Uint8Array | void = undefined;
    if (recolour) {
      if (this.pixels.length !== width * height) this.pixels = new Uint32Array(width * height);
      touched = painter.paint(layer, options, this.pixels);
      this.squared = "";
    }
    if (place !== this.drawn) touched = undefined;
    this.painter = painter;
    this.coloured = key;
    this.drawn = place;
    this.resize(fit, ratio);
    if (options.pixelated) this.drawSquares(this.context, at);
    else this.drawSmooth(this.context, fit, at, touched ?? null);
    const { dataset } = this.canvas;
    dataset.layer = layer;
    dataset.scale = String(at.scaleX);
    dataset.originX = String(at.originX);
    dataset.originY = String(at.originY);
    return true;
  }

  private drawSquares(context: CanvasRenderingContext2D, at: Transform): void {
    if (!this.painter) return;
    const { width, height } = this.painter.source;
    if (this.squared !== this.coloured) {
      this.squares.width = width;
      this.squares.height = height;
      const image = new ImageData(new Uint8ClampedArray(this.pixels.buffer), width, height);
      this.squares.getContext("2d")?.putImageData(image, 0, 0);
      this.squared = this.coloured;
    }
    context.imageSmoothingEnabled = false;
    context.setTransform(at.scaleX, 0, 0, at.scaleY, at.originX, at.originY);
    context.drawImage(this.squares, 0, 0);
  }

  private drawSmooth(context: CanvasRenderingContext2D, fit: Fit, at: Transform, touched: Uint8Array | null): void {
    if (!this.painter) return;
    if (this.smooth.width !== fit.width || this.smooth.height !== fit.height) {
      this.smooth = new ImageData(fit.width, fit.height);
    }
    bilinear(this.pixels, this.painter.source, new Uint32Array(this.smooth.data.buffer), fit, at, touched);
    context.putImageData(this.smooth, 0, 0);
  }

  private resize(fit: Fit, ratio: number): void {
    if (this.canvas.width !== fit.width || this.canvas.height !== fit.height) {
      this.canvas.width = fit.width;
      this.canvas.height = fit.height;
    }
    this.canvas.style.width = `${fit.width / ratio}px`;
    this.canvas.style.height = `${fit.height / ratio}px`;
  }

  /** Outlines a window on the source; null: none. */
  frame(rect: Rect | null, at: Transform, ratio: number): void {
    this.window.hidden = !rect;
    if (!rect) return;
    const { style } = this.window;
    style.left = `${(rect.left * at.scaleX + at.originX) / ratio}px`;
    style.top = `${(rect.top * at.scaleY + at.originY) / ratio}px`;
    style.width = `${(rect.width * at.scaleX) / ratio}px`;
    style.height = `${(rect.height * at.scaleY) / ratio}px`;
  }

  /** Moves the crosshair; it lies over the canvas, so that hovering draws nothing. */
  point(options: { cursor: Cursor | null }, fit: Fit, at: Transform, ratio: number): void {
    const [x, y] = options.cursor ? centreOf(at, ...options.cursor) : [-1, -1];
    const inside = x >= 0 && y >= 0 && x < fit.width && y < fit.height;
    this.lineX.hidden = this.lineY.hidden = !inside;
    this.lineX.style.transform = `translateX(${Math.floor(x) / ratio}px)`;
    this.lineY.style.transform = `translateY(${Math.floor(y) / ratio}px)`;
  }
}
