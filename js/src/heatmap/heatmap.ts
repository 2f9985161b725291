/** The one renderer: a picture and its relevance in `el`, driven by a store. One animation frame a change. */
import { Caption } from "./caption";
import { ColourBar } from "./colourbar";
import { h, write } from "../dom";
import { gestures } from "./gestures";
import { Help } from "../help";
import { keyboard, KEYS } from "./keyboard";
import { type Cursor, type Options, OPTION_NAMES, readOptions } from "./options";
import { Painter } from "./painter";
import { Readout } from "./readout";
import { readSource, WIRE_NAMES } from "./source";
import { Stage } from "./stage";
import { Redraw } from "../redraw";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { HEATMAP } from "./style";
import { Toolbar } from "./toolbar";
import type { Commit, View } from "./view";

export interface Host {
  /** Forces the fallback colours; without it they follow the system. Jupyter's own variables win over both. */
  theme?: "light" | "dark";
}

/** From this width (CSS pixels) on the controls stand beside the picture, else below it. */
const WIDE = 600;
const TOOLS_WIDTH = 256;
const TOOLS_GAP = 24;
const PADDING = 8;
/** A hand that rests this long has ended its gesture. */
const REST_MS = 250;
const STATE_NAMES = ["_caption", "_samples", "status", "progress", "error"];

export function mountHeatmap(el: HTMLElement, store: Store, host: Host = {}): () => void {
  const view = new HeatmapView(el, store, host);
  return () => view.dispose();
}

class HeatmapView implements View {
  readonly root: HTMLElement;
  options: Options;
  painter: Painter | null = null;
  private readonly stage = new Stage();
  private readonly caption = new Caption();
  private readonly readout = new Readout();
  private readonly bar = new ColourBar();
  private readonly help = new Help(KEYS);
  private readonly tools: Toolbar;
  private readonly status: Status;
  private readonly heard = h("div", { class: "lrpw-hidden", "aria-live": "polite" });
  private readonly undo: (() => void)[] = [];
  private stale = true;
  private problem = "";
  private readonly redraw: Redraw;
  private frames = 0;
  private rest = 0;
  private speech = 0;
  /** The cursor to come back to when the pointer leaves; undefined while nothing hovers. */
  private pinned: Cursor | null | undefined = undefined;

  constructor(
    el: HTMLElement,
    readonly store: Store,
    host: Host,
  ) {
    this.root = h("div", { class: "lrpw-view lrpw-heatmap", role: "group", "aria-label": "Relevance" });
    if (host.theme) this.root.dataset.theme = host.theme;
    this.options = readOptions(store, null);
    this.status = new Status(this.root, store);
    this.tools = new Toolbar(this, this.stage, this.help);
    const picture = h("div", { class: "lrpw-picture" }, this.stage.element, this.status.progress);
    const shown = h("div", { class: "lrpw-shown" }, picture, this.status.element, this.bar.element, this.readout.element);
    const side = h("div", { class: "lrpw-side" }, this.caption.element, this.tools.element);
    const body = h("div", { class: "lrpw-body" }, shown, side);
    this.root.append(body, this.help.element, this.heard);
    adoptStyle(el, HEATMAP);
    el.append(this.root);
    gestures(this, this.stage);
    this.undo.push(keyboard(this, this.stage, this.readout, this.help));
    for (const name of WIRE_NAMES) this.undo.push(store.on(name, () => void (this.stale = true)));
    this.redraw = new Redraw(this.root, store, [...OPTION_NAMES, ...STATE_NAMES, ...WIRE_NAMES], () => this.draw());
  }

  private draw(): void {
    if (this.stale) this.load();
    this.options = readOptions(this.store, this.painter?.source ?? null);
    if (this.painter) {
      const limit = this.painter.limit(this.options);
      this.options.limit = limit;
      // Python computes the same number; this only keeps the store true until it says so.
      if (this.store.get("limit") !== limit) this.store.set("limit", limit);
    }
    const width = this.root.clientWidth - 2 * PADDING;
    const wide = width >= WIDE;
    this.root.classList.toggle("lrpw-wide", wide);
    this.root.classList.toggle("lrpw-none", !this.painter);
    const drawn = this.stage.draw(this, wide ? width - TOOLS_WIDTH - TOOLS_GAP : width);
    this.root.style.setProperty("--lrpw-picture-width", `${this.stage.width}px`);
    this.caption.update(this);
    this.bar.update(this);
    this.readout.update(this);
    this.tools.update();
    this.status.update(this.problem, !!this.painter, "Nothing to show yet. Set the view's explanation.");
    this.stage.element.setAttribute("aria-label", `${this.caption.sentence()}. Press ? for the keys.`);
    if (drawn) this.root.dataset.ready = String(++this.frames);
  }

  /** Reads new arrays. What contradicts itself is told, and the last good picture stays. */
  private load(): void {
    this.stale = false;
    try {
      const source = readSource(this.store);
      this.painter = source && new Painter(source);
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  set(values: Partial<Options>, commit: Commit): void {
    // What follows in the same frame must see the change, and the frame reads it from the store anew.
    this.options = { ...this.options, ...values };
    for (const [name, value] of Object.entries(values)) this.store.set(name, value);
    if (commit === "now") this.commit();
    if (commit === "soon") {
      window.clearTimeout(this.rest);
      this.rest = window.setTimeout(() => this.commit(), REST_MS);
    }
    this.redraw.request();
  }

  commit(): void {
    window.clearTimeout(this.rest);
    this.rest = 0;
    // A cursor that only hovers is nobody's business but this page's.
    const hovering = this.options.cursor;
    if (this.pinned !== undefined) this.store.set("cursor", this.pinned);
    this.store.commit();
    if (this.pinned !== undefined) this.store.set("cursor", hovering);
  }

  hover(cursor: Cursor | null): void {
    if (cursor) {
      if (this.pinned === undefined) this.pinned = this.options.cursor;
      const now = this.options.cursor;
      if (now?.[0] !== cursor[0] || now[1] !== cursor[1]) this.set({ cursor }, "never");
    } else if (this.pinned !== undefined) {
      const back = this.pinned;
      this.pinned = undefined;
      this.set({ cursor: back }, "never");
    }
  }

  pin(cursor: Cursor | null): void {
    if (this.pinned !== undefined) this.pinned = cursor;
    this.set({ cursor }, "soon");
  }

  announce(text: string): void {
    window.clearTimeout(this.speech);
    this.speech = window.setTimeout(() => write(this.heard, text), 2 * REST_MS);
  }

  dispose(): void {
    if (this.rest) this.commit();
    this.hover(null);
    for (const undo of this.undo.splice(0)) undo();
    this.redraw.dispose();
    window.clearTimeout(this.speech);
    this.status.dispose();
    this.root.remove();
  }
}
