/** The state that all cells share: what a hand does in one of them is seen in each. */
import { h, write } from "../dom";
import type { Cursor, Options } from "../heatmap/options";
import { OPTION_NAMES, readOptions } from "../heatmap/options";
import type { Painter } from "../heatmap/painter";
import type { Commit, View } from "../heatmap/view";
import { Redraw } from "../redraw";
import type { Store } from "../store";

/** A hand that rests this long has ended its gesture. */
const REST_MS = 250;

export abstract class Board implements View {
  readonly root = h("div", { class: "lrpw-view lrpw-compare", role: "group", "aria-label": "Comparison of relevance" });
  options: Options;
  abstract readonly painter: Painter | null;
  protected readonly heard = h("div", { class: "lrpw-hidden", "aria-live": "polite" });
  protected readonly undo: (() => void)[] = [];
  protected readonly redraw: Redraw;
  private rest = 0;
  private speech = 0;
  /** The cursor to come back to when the pointer leaves; undefined while nothing hovers. */
  private pinned: Cursor | null | undefined = undefined;

  constructor(
    readonly store: Store,
    names: readonly string[],
  ) {
    this.options = readOptions(store, null);
    const all = OPTION_NAMES.filter((name) => name !== "sample");
    this.redraw = new Redraw(this.root, store, [...all, "status", "progress", "error", ...names], () => this.draw());
  }

  protected abstract draw(): void;

  set(values: Partial<Options>, commit: Commit): void {
    this.options = { ...this.options, ...values };
    this.put(values, commit);
  }

  /** As `set`, for state that is no option of a heat map. */
  put(values: Record<string, unknown>, commit: Commit): void {
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
    this.root.remove();
  }
}
