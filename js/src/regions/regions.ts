/** Object against context: a heat map to draw regions on, and their shares, which follow the mouse. */
import { h } from "../dom";
import { signed } from "../format";
import type { Size } from "../geometry";
import { Caption } from "../heatmap/caption";
import { ColourBar } from "../heatmap/colourbar";
import { gestures } from "../heatmap/gestures";
import { keyboard } from "../heatmap/keyboard";
import type { Cursor } from "../heatmap/options";
import { PictureView } from "../heatmap/picture";
import { Readout } from "../heatmap/readout";
import { Stage } from "../heatmap/stage";
import { HEATMAP } from "../heatmap/style";
import { Toolbar } from "../heatmap/toolbar";
import { Help } from "../help";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Board } from "./board";
import { afterStroke, moved, renamed, without } from "./drawing";
import { type Canvas, Hand } from "./hand";
import type { Drawing } from "./history";
import { REGION_KEYS } from "./keys";
import { type Outline, Overlay } from "./overlay";
import { Pieces } from "./pieces";
import type { Runs } from "./runs";
import { asShape, type Point, rasterise } from "./shapes";
import { SharesPanel } from "./shares";
import { type Stroke, type Tool, TOOLS } from "./strokes";
import { REGIONS } from "./style";
import { Sums } from "./sums";
import { TOOL_KEYS, Tools } from "./toolbar";

/** From this width (CSS pixels) on the shares stand beside the picture, else below it. */
const WIDE = 680;
const SIDE = 288;
const GAP = 24;
const PADDING = 8;
const NAMES = ["regions", "region", "tool", "brush", "_pieces", "_refusal"];

export function mountRegions(el: HTMLElement, store: Store): () => void {
  const view = new RegionsView(el, store);
  return () => view.dispose();
}

class RegionsView extends PictureView implements Canvas {
  private readonly stage = new Stage();
  private readonly caption = new Caption();
  private readonly readout = new Readout();
  private readonly bar = new ColourBar();
  private readonly help = new Help(REGION_KEYS);
  private readonly overlay = new Overlay();
  private readonly pieces = new Pieces();
  private readonly looks: Toolbar;
  private readonly status: Status;
  private readonly hand: Hand;
  private readonly tools = new Tools({
    choose: (tool) => this.take(tool),
    radius: (brush, done) => this.resize(brush, done),
    begin: () => this.choose(null),
    undo: () => this.step("undo"),
    redo: () => this.step("redo"),
  });
  private readonly shares = new SharesPanel({
    choose: (name) => this.choose(name),
    rename: (name, wanted) => this.board.change(renamed(this.board.now, name, wanted)),
    recolour: (name, colour, done) => this.board.recolour(name, colour, done),
    move: (name, by) => this.board.change(moved(this.board.now, name, by)),
    remove: (name) => this.board.change(without(this.board.now, name)),
  });
  private readonly board: Board;
  private sums: Sums | null = null;
  private frames = 0;

  constructor(el: HTMLElement, store: Store) {
    super(store, "heatmap lrpw-regions", "Relevance in regions", NAMES);
    this.status = new Status(this.root, store);
    this.looks = new Toolbar(this, this.stage, this.help);
    const picture = h("div", { class: "lrpw-picture" }, this.stage.element, this.status.progress);
    const shown = h("div", { class: "lrpw-shown" }, picture, this.status.element, this.bar.element, this.readout.element);
    const more = h("details", { class: "lrpw-more" }, h("summary", {}, "Picture: layout, colours, zoom"), this.looks.element);
    const side = h("div", { class: "lrpw-side" }, this.caption.element, this.tools.element, this.shares.element, more);
    this.root.append(h("div", { class: "lrpw-body" }, shown, side), this.help.element, this.heard);
    adoptStyle(el, HEATMAP);
    adoptStyle(el, REGIONS);
    el.append(this.root);
    this.board = new Board(store, () => this.size, (commit) => this.drawn(commit));
    this.undo.push(...this.board.undo);
    this.hand = new Hand(this, this.stage);
    gestures(this, this.stage, (event) => this.hand.takes(event));
    this.undo.push(keyboard(this, this.stage, this.readout, this.help, this.keys()));
  }

  private keys(): Record<string, (event: KeyboardEvent) => void> {
    const tools = TOOLS.map((tool) => [TOOL_KEYS[tool], () => this.take(tool)] as const);
    const remove = (): void => {
      const { now } = this.board;
      if (now.chosen !== null) this.board.change(without(now, now.chosen));
    };
    return {
      ...Object.fromEntries(tools),
      n: () => this.choose(null),
      Enter: (event) => this.hand.enter(event),
      Escape: () => this.hand.cancel() || this.pin(null),
      Delete: remove,
      Backspace: remove,
      "Ctrl+z": () => this.step("undo"),
      "Ctrl+Shift+z": () => this.step("redo"),
      "Ctrl+y": () => this.step("redo"),
    };
  }

  // -- what the hand sees --------------------------------------------------------------------------

  get tool(): Tool {
    const tool = this.store.get("tool");
    return TOOLS.find((one) => one === tool) ?? "rectangle";
  }

  get size(): Size {
    return this.painter?.source ?? { width: 0, height: 0 };
  }

  get radius(): number {
    const radius = this.store.get("brush");
    if (typeof radius === "number" && radius > 0) return radius;
    return Math.max(1, Math.max(this.size.width, this.size.height) / 30);
  }

  get chosen(): Runs | null {
    return this.board.chosen;
  }

  pieceAt(point: Point): Runs | null {
    return this.pieces.at(this.store.get("_pieces"), this.size, point);
  }

  chooseAt(point: Point): void {
    this.choose(this.board.under(point));
  }

  finish(stroke: Stroke): void {
    const shape = stroke.shape();
    const made = { mode: stroke.mode, runs: rasterise(shape, this.size), shape };
    const next = afterStroke(this.board.now, this.board.runs, made, this.size.width);
    if (!next) return this.announce("nothing drawn");
    this.board.change(next);
    const runs = this.board.chosen;
    if (runs && this.sums) this.announce(`${next.chosen}: ${signed(this.sums.sum(runs).net)} of ${signed(this.sums.total.net)}`);
  }

  changed(): void {
    this.redraw.request();
  }

  override pin(cursor: Cursor | null): void {
    super.pin(cursor);
    this.hand.follow(cursor);
  }

  // -- what changes ---------------------------------------------------------------------------------

  /** The board has written something; a colour that still changes is not for the kernel yet. */
  private drawn(commit: boolean): void {
    if (commit) this.commit();
    this.redraw.request();
  }

  private step(which: "undo" | "redo"): void {
    if (this.hand.cancel()) return;
    const done = this.board.step(which);
    this.announce(done ? (which === "undo" ? "undone" : "done again") : `nothing to ${which}`);
  }

  private choose(name: string | null): void {
    if (!this.board.choose(name)) return;
    this.announce(name === null ? "the next stroke begins a new region" : `${name} chosen`);
  }

  private take(tool: Tool): void {
    this.hand.cancel();
    this.store.set("tool", tool);
    this.commit();
    this.announce(tool);
    this.redraw.request();
  }

  private resize(brush: number, done: boolean): void {
    this.store.set("brush", Math.round(brush * 10) / 10);
    if (done) this.commit();
    this.redraw.request();
  }

  // -- what is seen ---------------------------------------------------------------------------------

  protected override draw(): void {
    const before = this.painter?.source;
    this.refresh();
    if (this.painter?.source !== before) this.board.reread();
    const width = this.root.clientWidth - 2 * PADDING;
    const wide = width >= WIDE;
    this.root.classList.toggle("lrpw-wide", wide);
    this.root.classList.toggle("lrpw-none", !this.painter);
    this.root.classList.toggle("lrpw-drawing", this.tool !== "pan");
    const drawn = this.stage.draw(this, wide ? width - SIDE - GAP : width);
    this.root.style.setProperty("--lrpw-picture-width", `${this.stage.width}px`);
    this.caption.update(this);
    this.bar.update(this);
    this.readout.update(this);
    this.looks.update();
    const side = Math.max(this.size.width, this.size.height);
    const { now, canUndo, canRedo } = this.board;
    this.tools.update(this.tool, this.radius, side, now.chosen !== null, canUndo, canRedo);
    if (this.painter) this.drawRegions();
    this.status.update(this.problem, !!this.painter, "Nothing to show yet. Set the view's explanation.");
    this.stage.element.setAttribute("aria-label", `${this.caption.sentence()}. Draw regions on it. Press ? for the keys.`);
    if (drawn) this.root.dataset.ready = String(++this.frames);
  }

  /** The regions as they would be if the stroke ended now: outlines and shares. */
  private drawRegions(): void {
    const { source } = this.painter!;
    const { channel } = this.options;
    if (!this.sums?.of(source, channel)) this.sums = new Sums(source, channel);
    const [{ regions, chosen }, runs] = this.live();
    const outlines: Outline[] = regions.map((region, i) => ({ ...region, runs: runs[i], chosen: region.name === chosen }));
    const { stroke, at } = this.hand;
    const brushing = at && (this.tool === "brush" || this.tool === "eraser");
    const polygon = this.tool === "polygon" && stroke ? stroke.corners : [];
    const brush = brushing ? { at, radius: this.radius } : null;
    this.overlay.draw(this.stage, source, outlines, { corners: polygon, brush });
    const refusal = this.store.get("_refusal");
    this.shares.update(regions, chosen, this.sums.shares(runs), typeof refusal === "string" ? refusal : "");
  }

  private live(): [Drawing, readonly Runs[]] {
    const { now, runs } = this.board;
    const { stroke } = this.hand;
    const made = stroke && { mode: stroke.mode, runs: stroke.runs(), shape: stroke.shape() };
    if (!made?.runs.length) return [now, runs];
    // The outline of a polygon runs on to the hand, which its shape does not yet.
    const shape = this.tool === "polygon" ? asShape(made.runs) : made.shape;
    const next = afterStroke(now, runs, { ...made, shape }, this.size.width);
    return next ? [next, this.board.rasterise(next)] : [now, runs];
  }

  override dispose(): void {
    super.dispose();
    this.status.dispose();
  }
}
