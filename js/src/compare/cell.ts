/** One cell of the grid: a map with its title, its numbers, and the value under the cursor that all cells share. */
import { button, h, write } from "../dom";
import { plain, signed } from "../format";
import { gestures } from "../heatmap/gestures";
import type { Cursor, Options } from "../heatmap/options";
import { Painter } from "../heatmap/painter";
import type { Source } from "../heatmap/source";
import { Stage } from "../heatmap/stage";
import type { Commit, View } from "../heatmap/view";
import type { Store } from "../store";
import { type Region, sumOver } from "./state";

/** What a cell asks of the grid that it is in. */
export interface Owner {
  readonly root: HTMLElement;
  readonly store: Store;
  set(values: Partial<Options>, commit: Commit): void;
  commit(): void;
  hover(cursor: Cursor | null): void;
  pin(cursor: Cursor | null): void;
  announce(text: string): void;
  activate(cell: Cell): void;
  mark(cell: Cell, which: "a" | "b"): void;
}

/** The words of a cell. */
export interface Shown {
  title: string;
  target: string;
  error: string;
  waiting: string;
  lines: readonly string[];
}

export class Cell implements View {
  readonly stage = new Stage();
  painter: Painter | null = null;
  options: Options;
  private readonly title = h("div", { class: "lrpw-cell-title" });
  private readonly target = h("div", { class: "lrpw-cell-target" });
  private readonly a = button("A", "Subtract from this one (a)", () => this.owner.mark(this, "a"));
  private readonly b = button("B", "Subtract this one (b)", () => this.owner.mark(this, "b"));
  private readonly marks = h("span", { class: "lrpw-cell-marks" }, this.a, this.b);
  private readonly value = h("div", { class: "lrpw-cell-value" });
  private readonly lines = h("div", { class: "lrpw-cell-lines" });
  private readonly error = h("div", { class: "lrpw-error", role: "alert", hidden: true });
  private readonly waiting = h("div", { class: "lrpw-empty", hidden: true });
  private readonly frames: HTMLElement[] = [];
  readonly foot = h("div");
  readonly element = h(
    "div",
    { class: "lrpw-cell", role: "group" },
    h("div", { class: "lrpw-cell-head" }, h("div", { class: "lrpw-cell-names" }, this.title, this.target), this.marks),
    h("div", {}, this.stage.element, this.error, this.waiting),
    this.value,
    this.lines,
    this.foot,
  );
  private of: readonly unknown[] = [];
  private summed: { plane: Float32Array | null; key: string; sum: number } = { plane: null, key: "", sum: 0 };

  constructor(
    private readonly owner: Owner,
    options: Options,
  ) {
    this.options = options;
    gestures(this, this.stage);
    const { element } = this.stage;
    element.addEventListener("focus", () => owner.activate(this));
    element.addEventListener("pointerenter", () => owner.activate(this));
  }

  /** Takes other arrays, made by `read` when one of `of` is another than before. */
  load(of: readonly unknown[], read: () => Source | null): void {
    if (of.length === this.of.length && of.every((value, i) => value === this.of[i])) return;
    this.of = of;
    const source = read();
    this.painter = source && new Painter(source);
  }

  get store(): Store {
    return this.owner.store;
  }

  get root(): HTMLElement {
    return this.owner.root;
  }

  set(values: Partial<Options>, commit: Commit): void {
    this.owner.set(values, commit);
  }

  commit(): void {
    this.owner.commit();
  }

  hover(cursor: Cursor | null): void {
    this.owner.hover(cursor);
  }

  pin(cursor: Cursor | null): void {
    this.owner.activate(this);
    this.owner.pin(cursor);
  }

  announce(text: string): void {
    this.owner.announce(text);
  }

  /** The shown relevance under the cursor; null where there is none. */
  at(cursor: Cursor | null): number | null {
    if (!this.painter || !cursor) return null;
    return this.painter.relevance(this.options.channel)[cursor[0] * this.painter.source.width + cursor[1]] ?? null;
  }

  draw(width: number, shown: Shown): boolean {
    const { painter } = this;
    write(this.title, shown.title);
    write(this.target, shown.target);
    this.stage.element.hidden = this.value.hidden = this.marks.hidden = !painter;
    const label = [shown.title, shown.target].filter(Boolean).join(": ");
    this.stage.element.setAttribute("aria-label", `${label}. Press ? for the keys.`);
    this.element.setAttribute("aria-label", label);
    this.error.hidden = !shown.error;
    write(this.error, shown.error);
    this.waiting.hidden = !!painter || !!shown.error;
    write(this.waiting, shown.waiting);
    if (this.lines.childElementCount !== shown.lines.length) {
      this.lines.replaceChildren(...shown.lines.map(() => h("div")));
    }
    shown.lines.forEach((line, i) => write(this.lines.children[i], line));
    const value = this.at(this.options.cursor);
    write(this.value, value === null ? "" : `R ${signed(value)}`);
    return this.stage.draw(this, width);
  }

  /** Draws the region over the map; gives its sum as words, or nothing. */
  region(region: Region | null): string {
    const { painter } = this;
    const panels = [...this.stage.element.querySelectorAll<HTMLElement>(".lrpw-panel")];
    while (this.frames.length > panels.length) this.frames.pop()?.remove();
    panels.forEach((panel, i) => {
      const frame = (this.frames[i] ??= h("div", { class: "lrpw-cell-region" }));
      if (frame.parentElement !== panel) panel.append(frame);
      frame.hidden = !region;
      const canvas = panel.querySelector("canvas");
      if (region && canvas) place(frame, canvas, region);
    });
    if (!region || !painter) return "";
    const plane = painter.relevance(this.options.channel);
    const key = region.join();
    if (this.summed.plane !== plane || this.summed.key !== key) {
      this.summed = { plane, key, sum: sumOver(plane, painter.source.width, region) };
    }
    return `region: sum R ${plain(this.summed.sum, 5)}`;
  }

  /** Shows which part in a difference, and whether the cell is chosen. */
  chosen(selected: boolean, a: boolean, b: boolean): void {
    this.element.classList.toggle("lrpw-selected", selected);
    this.a.setAttribute("aria-pressed", String(a));
    this.b.setAttribute("aria-pressed", String(b));
  }

  /** A difference of cells is none of the two. */
  hideMarks(): void {
    this.marks.remove();
  }
}

function place(frame: HTMLElement, canvas: HTMLCanvasElement, [top, left, bottom, right]: Region): void {
  const ratio = canvas.width / (Number.parseFloat(canvas.style.width) || canvas.width);
  const [scale, x, y] = ["scale", "originX", "originY"].map((name) => Number(canvas.dataset[name]));
  frame.style.left = `${(left * scale + x) / ratio}px`;
  frame.style.top = `${(top * scale + y) / ratio}px`;
  frame.style.width = `${((right - left) * scale) / ratio}px`;
  frame.style.height = `${((bottom - top) * scale) / ratio}px`;
}
