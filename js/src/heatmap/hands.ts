/** Hands on a picture: state that a gesture changes, is read from a store, hovered over, announced. */
import { choose } from "../defaults";
import { h, write } from "../dom";
import type { Size } from "../geometry";
import { Redraw } from "../redraw";
import type { Store } from "../store";
import { type Cursor, type Options, OPTION_NAMES, readOptions } from "./options";
import type { Commit } from "./view";

/** A hand that rests this long has ended its gesture. */
const REST_MS = 250;

export abstract class Hands {
  readonly root: HTMLElement;
  options: Options;
  /** null while there is nothing to show. */
  abstract readonly painter: { readonly source: Size } | null;
  protected readonly heard = h("div", { class: "lrpw-hidden", "aria-live": "polite" });
  protected readonly undo: (() => void)[] = [];
  protected readonly redraw: Redraw;
  /** What a gesture has set and the kernel has not been told yet. */
  private unsent: Record<string, unknown> = {};
  private rest = 0;
  private speech = 0;
  /** The cursor to come back to when the pointer leaves; undefined while nothing hovers. */
  private pinned: Cursor | null | undefined = undefined;

  /** `names`: state of the store, beside the options, after whose change the view is drawn. */
  constructor(
    readonly store: Store,
    kind: string,
    label: string,
    names: readonly string[],
  ) {
    this.root = h("div", { class: `lrpw-view lrpw-${kind}`, role: "group", "aria-label": label });
    this.options = readOptions(store, null);
    const all = [...OPTION_NAMES, ...names];
    for (const name of all) this.undo.push(store.on(name, () => this.keep(name)));
    this.redraw = new Redraw(this.root, store, all, () => this.draw());
  }

  /** Shows the state; called once in an animation frame after it changed. */
  protected abstract draw(): void;

  /** A late echo of the kernel's must not undo what the hand has done since. */
  private keep(name: string): void {
    if (name in this.unsent && this.store.get(name) !== this.unsent[name]) this.store.set(name, this.unsent[name]);
  }

  set(values: Partial<Options>, commit: Commit): void {
    // What follows in the same frame must see the change, and the frame reads it from the store anew.
    this.options = { ...this.options, ...values };
    this.put(values, commit);
  }

  /** As `set`, for state that is no option of a heat map. */
  put(values: Record<string, unknown>, commit: Commit): void {
    const held = Object.entries(values).filter(([name]) => commit === "soon" || name in this.unsent);
    this.unsent = { ...this.unsent, ...Object.fromEntries(held) };
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
