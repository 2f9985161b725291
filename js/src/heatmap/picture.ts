/** What every view of a picture and its relevance is: state that is read from a store, shown, hovered over, announced. */
import { choose, isDefaulted, onDefaults } from "../defaults";
import { h, write } from "../dom";
import { Redraw } from "../redraw";
import type { Store } from "../store";
import { type Cursor, type Options, OPTION_NAMES, readOptions } from "./options";
import { Painter } from "./painter";
import { readSource, WIRE_NAMES } from "./source";
import type { Commit, View } from "./view";

/** A hand that rests this long has ended its gesture. */
const REST_MS = 250;
const STATE_NAMES = ["_chosen", "_caption", "_samples", "status", "progress", "error"];

export abstract class PictureView implements View {
  readonly root: HTMLElement;
  options: Options;
  painter: Painter | null = null;
  /** What contradicts itself in the store, as a sentence. */
  protected problem = "";
  protected readonly heard = h("div", { class: "lrpw-hidden", "aria-live": "polite" });
  protected readonly undo: (() => void)[] = [];
  protected readonly redraw: Redraw;
  private stale = true;
  /** What a gesture has set and the kernel has not been told yet. */
  private unsent: Partial<Options> = {};
  private rest = 0;
  private speech = 0;
  /** The cursor to come back to when the pointer leaves; undefined while nothing hovers. */
  private pinned: Cursor | null | undefined = undefined;

  /** `names`: further state of the store after whose change the view is drawn. */
  constructor(
    readonly store: Store,
    kind: string,
    label: string,
    names: readonly string[] = [],
  ) {
    this.root = h("div", { class: `lrpw-view lrpw-${kind}`, role: "group", "aria-label": label });
    this.options = readOptions(store, null);
    for (const name of WIRE_NAMES) this.undo.push(store.on(name, () => void (this.stale = true)));
    for (const name of OPTION_NAMES) this.undo.push(store.on(name, () => this.keep(name)));
    const all = [...OPTION_NAMES, ...STATE_NAMES, ...WIRE_NAMES, ...names];
    this.redraw = new Redraw(this.root, store, all, () => this.draw());
    this.undo.push(onDefaults(() => this.redraw.request()));
  }

  /** Shows the state; called once in an animation frame after it changed. */
  protected abstract draw(): void;

  /** Reads the state for this frame. */
  protected refresh(): void {
    if (this.stale) this.load();
    this.options = readOptions(this.store, this.painter?.source ?? null);
    if (!this.painter) return;
    const limit = this.painter.limit(this.options);
    this.options.limit = limit;
    // Python computes the same number; this only keeps the store true until it says so. Of a default of the page's
    // it knows nothing.
    if (this.store.get("limit") !== limit && !isDefaulted(this.store, "limit_rule")) this.store.set("limit", limit);
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

  /** A late echo of the kernel's must not undo what the hand has done since. */
  private keep(name: keyof Options): void {
    if (name in this.unsent && this.store.get(name) !== this.unsent[name]) this.store.set(name, this.unsent[name]);
  }

  set(values: Partial<Options>, commit: Commit): void {
    const held = Object.entries(values).filter(([name]) => commit === "soon" || name in this.unsent);
    this.unsent = { ...this.unsent, ...Object.fromEntries(held) };
    // What follows in the same frame must see the change, and the frame reads it from the store anew.
    this.options = { ...this.options, ...values };
    for (const [name, value] of Object.entries(values)) this.store.set(name, value);
    choose(this.store, Object.keys(values));
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
    this.unsent = {};
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
    this.root.remove();
  }
}
