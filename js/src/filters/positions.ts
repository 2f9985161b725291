/** One unit, larger: its relevance or its activation at every position; a click keeps a single neuron. */
import { largest } from "../colour";
import { h, radios, write } from "../dom";
import { plain, signed } from "../format";
import { keptPositions, keptWhole, moved, type Through, togglePosition } from "./choice";
import { paint } from "./smallmaps";
import type { Owner, UnitList } from "./units";
import { floats } from "./wire";

const SIDE = 224;

export class Positions {
  private readonly canvas = h("canvas", { class: "lrpw-positions-map", width: 1, height: 1 });
  private readonly marks = h("div", { class: "lrpw-positions-marks" });
  private readonly title = h("div", { class: "lrpw-strong" });
  private readonly words = h("div", { class: "lrpw-muted lrpw-positions-words" });
  private readonly scale = h("div", { class: "lrpw-muted" });
  private readonly frame = h(
    "div",
    { class: "lrpw-positions-frame", tabindex: 0, role: "application", "aria-roledescription": "positions of a unit" },
    this.canvas,
    this.marks,
  );
  private readonly kinds = radios(
    "show",
    "What of the unit is shown",
    "lrpw-segments",
    [
      { value: "relevance", label: "Relevance at each position", content: "relevance" },
      { value: "activation", label: "Activation at each position", content: "activation" },
    ],
    (kind) => {
      this.kind = kind;
      this.owner.redraw();
    },
  );
  readonly element = h("div", { class: "lrpw-positions" }, this.title, this.kinds.element, this.frame, this.scale, this.words);
  private kind = "relevance";
  private cursor = 0;
  private painted = "";

  constructor(
    private readonly owner: Owner,
    private readonly list: UnitList,
  ) {
    this.frame.addEventListener("pointermove", (event) => this.hover(event));
    this.frame.addEventListener("click", (event) => {
      this.hover(event);
      this.toggle();
    });
    this.frame.addEventListener("keydown", (event) => this.key(event));
  }

  update(through: Through): void {
    const { wire } = this.owner;
    const relevance = floats(wire.store.get("_unit_relevance"));
    const activation = floats(wire.store.get("_unit_activation"));
    const { rows, columns, axes } = wire.positions;
    const { unit } = wire;
    this.element.hidden = unit === null || relevance.length !== rows * columns;
    if (this.element.hidden || unit === null) return;
    write(this.title, `Unit ${unit} of ${wire.layer}, number ${this.list.rankOf(unit)} by relevance`);
    this.kinds.update(this.kind);
    const shown = this.kind === "relevance" ? relevance : activation;
    const limit = largest(shown);
    const key = `${wire.serial}|${unit}|${this.kind}|${limit}|${wire.cmap}`;
    if (key !== this.painted) paint(this.canvas, shown, columns, limit, wire.cmap);
    this.painted = key;
    const scale = Math.min(SIDE / columns, SIDE / rows);
    this.frame.style.width = `${columns * scale}px`;
    this.frame.style.height = `${rows * scale}px`;
    this.frame.hidden = axes === 0;
    this.kinds.element.hidden = axes === 0;
    write(this.scale, axes === 0 ? "" : `colours from ${signed(-limit)} to ${signed(limit)}, max |${this.kind === "relevance" ? "R" : "a"}|`);
    this.cursor = Math.min(this.cursor, rows * columns - 1);
    this.mark(through, unit, rows, columns);
    const at = this.position(this.cursor);
    const where = axes === 0 ? "" : `position ${at.join(", ")}: `;
    write(this.words, `${where}R ${signed(relevance[this.cursor])}, activation ${plain(activation[this.cursor])}`);
    this.frame.setAttribute("aria-label", `${this.title.textContent}. ${this.words.textContent}. Space keeps or drops the position.`);
  }

  /** Outlines of the positions that are kept, and of the one under the pointer. */
  private mark(through: Through, unit: number, rows: number, columns: number): void {
    const { layer } = this.owner.wire;
    this.frame.classList.toggle("lrpw-kept", keptWhole(through, layer).has(unit));
    const kept = keptPositions(through, layer, unit).map((position) => this.number(position));
    const outlines = [...kept.map((at) => ({ at, kind: "lrpw-kept" })), { at: this.cursor, kind: "lrpw-at" }];
    this.marks.replaceChildren(
      ...outlines.map(({ at, kind }) => {
        const mark = h("div", { class: `lrpw-positions-mark ${kind}` });
        mark.style.width = `${100 / columns}%`;
        mark.style.height = `${100 / rows}%`;
        mark.style.left = `${(100 * (at % columns)) / columns}%`;
        mark.style.top = `${(100 * Math.floor(at / columns)) / rows}%`;
        return mark;
      }),
    );
  }

  /** The sizes of the layer's axes after the channel's. */
  private get sizes(): number[] {
    const shape = this.owner.wire.store.get("_shape");
    return Array.isArray(shape) ? shape.slice(1).map(Number) : [];
  }

  private position(at: number): number[] {
    const found: number[] = [];
    for (const size of [...this.sizes].reverse()) {
      found.unshift(at % size);
      at = Math.floor(at / size);
    }
    return found;
  }

  private number(position: readonly number[]): number {
    return this.sizes.reduce((at, size, axis) => at * size + (position[axis] ?? 0), 0);
  }

  private hover(event: MouseEvent): void {
    const box = this.canvas.getBoundingClientRect();
    const { rows, columns } = this.owner.wire.positions;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    if (column < 0 || row < 0 || column >= columns || row >= rows) return;
    this.cursor = row * columns + column;
    this.owner.redraw();
  }

  private toggle(): void {
    const { wire } = this.owner;
    if (wire.unit === null || wire.positions.axes === 0) return;
    this.owner.choose(togglePosition(wire.through, wire.layer, wire.unit, this.position(this.cursor)), true);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns } = this.owner.wire.positions;
    const next = moved(event.key, this.cursor, rows * columns, columns, 4);
    if (next !== null) this.cursor = next;
    else if (event.key === " " || event.key === "Enter") this.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.owner.redraw();
  }
}
