/** The comparison: cells in rows, on one scale unless said otherwise, with one cursor, zoom and region. */
import { h, write } from "../dom";
import { plain } from "../format";
import { ColourBar } from "../heatmap/colourbar";
import { keyboard, KEYS } from "../heatmap/keyboard";
import { type Options, readOptions } from "../heatmap/options";
import type { Painter } from "../heatmap/painter";
import { Readout } from "../heatmap/readout";
import { Stage } from "../heatmap/stage";
import { HEATMAP } from "../heatmap/style";
import { Toolbar } from "../heatmap/toolbar";
import type { Commit, View } from "../heatmap/view";
import { Help, type Keys } from "../help";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Hands } from "../heatmap/hands";
import { Cell } from "./cell";
import { Controls } from "./controls";
import { drawing } from "./hand";
import { compareKeys } from "./keys";
import { Limits, Together } from "./scales";
import * as state from "./state";
import { COMPARE } from "./style";

const PADDING = 8;
const GAP = 16;
/** A cell is so wide, in CSS pixels, unless there is no room. */
const LEAST = 168;
const MOST = 420;

const OWN_KEYS: Keys = [
  ["Alt + arrows", "the next cell"],
  ["a  b", "subtract: from this cell, this cell"],
  ["Shift + drag, r", "draw a region: drag, or r at two corners"],
  ["s", "next scale: one for all, a row, a column, each"],
];

/** Which maps can be compared by colour, where that is not all of them. */
const SAID: Record<state.Scale, string> = {
  shared: "",
  row: "Each row has a scale of its own: compare colours within a row. s: next scale.",
  column: "Each column has a scale of its own: compare colours within a column. s: next scale.",
  cell: "Each map has a scale of its own. s: next scale.",
};

export function mountCompare(el: HTMLElement, store: Store): () => void {
  const view = new CompareView(el, store);
  return () => view.dispose();
}

interface Row {
  element: HTMLElement;
  heading: HTMLElement;
  cells: HTMLElement;
  foot: HTMLElement;
}

class CompareView extends Hands implements View {
  private readonly cells: Cell[] = [];
  private readonly rows: Row[] = [];
  private readonly bars = new Map<HTMLElement, ColourBar>();
  private readonly limits = new Limits();
  private readonly readout = new Readout();
  private readonly status: Status;
  private readonly help = new Help([...OWN_KEYS, ...KEYS]);
  private readonly tools: Toolbar;
  private readonly controls: Controls;
  private readonly grid = h("div", { class: "lrpw-compare-rows" });
  private readonly extra = h("div", { class: "lrpw-compare-cells" });
  private readonly foot = h("div");
  private readonly among = h("div", { class: "lrpw-compare-among" });
  private readonly difference: Cell;
  private words: state.Words[] = [];
  private active: Cell | null = null;
  private together: Together | null = null;
  private choice: state.Choice = { a: null, b: null };
  private pair = "";
  private gap: { painter: Painter | null; sum: number } = { painter: null, sum: 0 };
  private heardMaps = 0;
  private pressed = false;
  private frames = 0;

  constructor(el: HTMLElement, store: Store) {
    const names = ["status", "progress", "error", ...state.STATE_NAMES, ...state.WIRE_NAMES];
    super(store, "compare", "Comparison of relevance", names);
    this.status = new Status(this.root, store);
    const stage = new ActiveStage(() => this.active);
    this.tools = new Toolbar(this, stage, this.help);
    this.controls = new Controls(store, (values, commit) => this.put(values, commit));
    this.difference = this.make();
    this.difference.hideMarks();
    this.extra.append(this.difference.element);
    const head = h("div", { class: "lrpw-compare-head" }, this.readout.element, this.controls.goOn, this.status.progress);
    this.root.append(head, this.status.element, this.foot, this.among, this.grid, this.extra, this.controls.element);
    this.root.append(this.tools.element, this.help.element, this.heard);
    adoptStyle(el, HEATMAP);
    adoptStyle(el, COMPARE);
    el.append(this.root);
    this.root.addEventListener("pointerdown", () => void (this.pressed = true), true);
    const released = (): void => void (this.pressed = false);
    for (const name of ["pointerup", "pointercancel"]) {
      window.addEventListener(name, released);
      this.undo.push(() => window.removeEventListener(name, released));
    }
    this.undo.push(compareKeys(this.root, this));
    this.undo.push(keyboard(this, stage, new AllValues(() => this.sentence()), this.help));
  }

  get painter(): Painter | null {
    return this.together;
  }

  private get shown(): Cell[] {
    return this.cells.filter((cell) => cell.painter);
  }

  /** Which of the cells is chosen, counted row by row. */
  get selected(): number {
    const value = this.store.get("selected");
    return typeof value === "number" && this.cells[value] ? value : 0;
  }

  /** Two keys in one frame: the second starts from what the first has set. A limit is each cell's own. */
  override set(values: Partial<Options>, commit: Commit): void {
    const { limit, limit_rule, ...shared } = values;
    for (const cell of [...this.cells, this.difference]) cell.options = { ...cell.options, ...shared };
    super.set(values, commit);
  }

  private make(): Cell {
    const cell = new Cell(this, this.options);
    drawing(cell, this);
    return cell;
  }

  activate(cell: Cell): void {
    const at = this.cells.indexOf(cell);
    this.active = cell;
    const focused = cell.stage.element === document.activeElement;
    // Of a press, the end tells the kernel: a click, or the end of a drag.
    if (at >= 0 && focused && at !== this.selected) this.put({ selected: at }, this.pressed ? "never" : "soon");
    else this.redraw.request();
  }

  /** Chooses the next cell in a direction. */
  step(rows: number, columns: number): void {
    const wide = Math.max(1, this.titles().length);
    const from = this.active && this.cells.includes(this.active) ? this.cells.indexOf(this.active) : this.selected;
    const cell = this.cells[state.neighbour(from, rows, columns, wide, this.cells.length)];
    if (!cell?.painter) return;
    cell.stage.element.focus();
    cell.element.scrollIntoView({ block: "nearest" });
    this.announce(cell.element.getAttribute("aria-label") ?? "");
  }

  mark(cell: Cell, which: "a" | "b"): void {
    const at = this.cells.indexOf(cell);
    if (at < 0) return;
    this.choice = state.choose(this.choice, which, at);
    const { a, b } = this.choice;
    const whole = a !== null && b !== null;
    this.pair = whole ? JSON.stringify([a, b]) : "null";
    this.put({ difference: whole ? [a, b] : null }, "now");
    this.announce(whole ? "difference shown" : "choose the other cell");
  }

  markActive(which: "a" | "b"): void {
    const cell = this.active ?? this.cells[this.selected];
    if (cell) this.mark(cell, which);
  }

  nextScale(): void {
    const now = state.SCALES.indexOf(state.readScale(this.store));
    const scale = state.SCALES[(now + 1) % state.SCALES.length];
    this.put({ scale }, "soon");
    this.announce(`scale: ${scale}`);
  }

  get region(): state.Region | null {
    return state.readRegion(this.store);
  }

  private titles(): string[] {
    const value = this.store.get("_titles");
    return Array.isArray(value) ? value.map(String) : [];
  }

  // -- drawing ------------------------------------------------------------------------------------

  protected draw(): void {
    this.words = state.readCells(this.store);
    this.listen();
    this.arrangeCells();
    let problem = "";
    this.words.forEach((words, at) => {
      const arrays = [this.store.get(`_map_${at}`), this.store.get(`_picture_${words.input}`)];
      try {
        this.cells[at].load([...arrays, words.shape?.join() ?? ""], () => state.sourceOf(this.store, at, words));
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
    });
    this.readShared();
    const room = this.root.clientWidth - 2 * PADDING;
    const drawn = this.drawCells(room);
    this.drawBars();
    write(this.among, this.shown.length > 1 ? SAID[state.readScale(this.store)] : "");
    this.readout.update(this.active ?? this);
    this.controls.update(this.words.some((words) => !words.shape && !words.error));
    this.tools.update();
    this.tools.element.hidden = !this.painter;
    this.status.update(problem, this.shown.length > 0, "Nothing to compare yet.");
    if (drawn && this.shown.length) this.root.dataset.ready = String(++this.frames);
    this.root.dataset.maps = String(this.shown.length);
  }

  /** Arrays of cells that came after the view was made. */
  private listen(): void {
    for (; this.heardMaps < this.words.length; this.heardMaps++) {
      this.undo.push(this.store.on(`_map_${this.heardMaps}`, () => this.redraw.request()));
    }
  }

  private arrangeCells(): void {
    while (this.cells.length < this.words.length) this.cells.push(this.make());
    while (this.cells.length > this.words.length) this.cells.pop()?.element.remove();
    const headings = this.store.get("_headings");
    const count = Array.isArray(headings) ? headings.length : 0;
    while (this.rows.length < count) {
      const [heading, cells, foot] = ["heading", "cells", "foot"].map((name) => h("div", { class: `lrpw-compare-${name}` }));
      const element = h("div", { class: "lrpw-compare-row", role: "group" }, heading, cells, foot);
      this.rows.push({ element, heading, cells, foot });
      this.grid.append(element);
    }
    while (this.rows.length > count) this.rows.pop()?.element.remove();
    this.rows.forEach((row, at) => {
      const heading = String((headings as unknown[])[at] ?? "");
      write(row.heading, heading);
      row.heading.hidden = !heading;
      if (heading) row.element.setAttribute("aria-label", heading);
    });
    this.words.forEach((words, at) => {
      const place = this.rows[words.row]?.cells;
      const { element } = this.cells[at];
      if (place && element.parentElement !== place) place.append(element);
    });
    if (this.active && this.active !== this.difference && !this.cells.includes(this.active)) this.active = null;
  }

  /** The options that all cells share, by the cell that is worked on. */
  private readShared(): void {
    const active = this.active?.painter ? this.active : (this.cells[this.selected] ?? null);
    const cell = active?.painter ? active : (this.shown[0] ?? null);
    if (cell !== this.difference) this.active = cell;
    const source = cell?.painter?.source ?? null;
    if (!source) this.together = null;
    else if (this.together?.source !== source) this.together = new Together(source, () => this.shown.map((one) => one.painter as Painter));
    this.options = readOptions(this.store, source);
    const at = cell ? this.cells.indexOf(cell) : -1;
    if (at >= 0) this.options.limit = this.limitOf(at, this.options);
  }

  private drawCells(room: number): boolean {
    const { beside, width } = state.arrange(room, Math.max(1, this.titles().length), GAP, LEAST, MOST);
    for (const place of [...this.rows.map((row) => row.cells), this.extra]) {
      place.style.gridTemplateColumns = `repeat(${beside}, ${width}px)`;
    }
    const busy = this.store.get("status") === "busy";
    const pair = state.readPair(this.store, this.cells.length);
    if (this.pair !== JSON.stringify(pair)) {
      this.pair = JSON.stringify(pair); // somebody else chose
      this.choice = { a: pair?.[0] ?? null, b: pair?.[1] ?? null };
    }
    const { region } = this;
    let drawn = false;
    this.cells.forEach((cell, at) => {
      const words = this.words[at];
      cell.options = this.optionsOf(cell, this.limitOf(at, this.options));
      const waiting = busy ? "Not computed yet." : "Not computed.";
      const lines = [...words.lines, cell.region(region), words.notes].filter(Boolean);
      drawn = cell.draw(width, { title: words.name, target: words.target, error: words.error, waiting, lines }) || drawn;
      cell.region(region); // where the picture is now
      cell.chosen(at === this.selected, at === this.choice.a, at === this.choice.b);
    });
    return this.drawDifference(pair, width) || drawn;
  }

  private drawDifference(pair: state.Pair | null, width: number): boolean {
    const [a, b] = pair ? pair.map((at) => this.cells[at]) : [null, null];
    this.extra.hidden = !a?.painter || !b?.painter;
    if (!pair || !a?.painter || !b?.painter) return false;
    const cell = this.difference;
    const [one, other] = [a.painter.source, b.painter.source];
    cell.load([one, other], () => state.subtract(one, other));
    const said = { title: "A \u2212 B", target: pair.map((at) => this.nameOf(at)).join(" \u2212 "), waiting: "" };
    const { painter } = cell;
    if (!painter) {
      cell.draw(width, { ...said, error: "The two maps differ in size.", lines: [] });
      return false;
    }
    const options = readOptions(this.store, painter.source);
    const rule = options.limit_rule === "fixed" ? "99.5%" : options.limit_rule;
    cell.options = this.optionsOf(cell, this.limits.of("difference", [painter], { ...options, limit_rule: rule }));
    if (this.gap.painter !== painter) this.gap = { painter, sum: state.sumOf(painter.relevance("sum")) };
    const sum = `sum R_A \u2212 sum R_B ${plain(this.gap.sum, 5)}`;
    const lines = [sum, cell.region(this.region), "on a scale of its own"].filter(Boolean);
    const drawn = cell.draw(width, { ...said, error: "", lines });
    cell.region(this.region);
    return drawn;
  }

  /** What tells a cell from the others. */
  private nameOf(at: number): string {
    const { name, target } = this.words[at];
    const alone = this.words.every((words) => words.target === target);
    return alone ? name : `${name}: ${target}`;
  }

  private optionsOf(cell: Cell, limit: number): Options {
    return { ...readOptions(this.store, cell.painter?.source ?? null), limit, limit_rule: "fixed" };
  }

  private group(at: number): Cell[] {
    const scale = state.readScale(this.store);
    const own = state.groupOf(scale, this.words[at]);
    return this.cells.filter((cell, i) => cell.painter && state.groupOf(scale, this.words[i]) === own);
  }

  private limitOf(at: number, options: Options): number {
    const painters = this.group(at).map((cell) => cell.painter as Painter);
    const fixed = readOptions(this.store, null).limit;
    return this.limits.of(state.groupOf(state.readScale(this.store), this.words[at]), painters, { ...options, limit: fixed });
  }

  /** One bar for all, one under each row, or one under each cell. */
  private drawBars(): void {
    const scale = state.readScale(this.store);
    const wanted = new Map<HTMLElement, { cell: Cell; among: string; rule: Options["limit_rule"] }>();
    const rule = readOptions(this.store, null).limit_rule;
    this.cells.forEach((cell, at) => {
      if (!cell.painter) return;
      const place = { shared: this.foot, row: this.rows[this.words[at].row]?.foot, column: cell.foot, cell: cell.foot }[scale];
      const { length } = this.group(at);
      const among = length > 1 ? `shared by ${length} maps` : "of this map alone";
      if (place && (!wanted.has(place) || cell === this.active)) wanted.set(place, { cell, among, rule });
    });
    if (this.difference.painter && !this.extra.hidden) {
      const own = rule === "fixed" ? "99.5%" : rule;
      wanted.set(this.difference.foot, { cell: this.difference, among: "of the difference alone", rule: own });
    }
    for (const [place, bar] of this.bars) {
      if (wanted.has(place)) continue;
      bar.element.remove();
      this.bars.delete(place);
    }
    for (const [place, { cell, among, rule: limitRule }] of wanted) {
      let bar = this.bars.get(place);
      if (!bar) {
        this.bars.set(place, (bar = new ColourBar()));
        place.append(bar.element);
      }
      bar.element.hidden = this.options.layout === "input";
      bar.update(withRule(cell, limitRule), among);
    }
  }

  /** What is under the cursor in every cell, to be heard. */
  private sentence(): string {
    const { cursor } = this.options;
    if (!cursor) return "no pixel";
    const values = this.cells.map((cell, at) => (cell.painter ? `${this.words[at].name} ${cell.at(cursor) ?? 0}` : ""));
    return `x ${cursor[1]}, y ${cursor[0]}, ${values.filter(Boolean).join(", ")}`;
  }

  override dispose(): void {
    super.dispose();
    this.status.dispose();
  }
}

function withRule(cell: Cell, limit_rule: Options["limit_rule"]): View {
  return Object.assign(Object.create(cell), { options: { ...cell.options, limit_rule } }) as View;
}

/** Zooming by keys and buttons is done in the cell that is worked on. */
class ActiveStage extends Stage {
  constructor(private readonly active: () => Cell | null) {
    super();
  }

  override zoom(_view: View, factor: number, event?: MouseEvent): void {
    const cell = this.active();
    cell?.stage.zoom(cell, factor, event);
  }
}

/** A moved cursor is heard with the values of all cells. */
class AllValues extends Readout {
  constructor(private readonly said: () => string) {
    super();
  }

  override sentence(): string {
    return this.said();
  }
}
