/** The units of a layer: thumbnails by rank, of which only those in sight exist. Click, sweep, or use the keys. */
import { h, uniqueId, write } from "../dom";
import { percent, signed } from "../format";
import { arrange, type Grid, inSight, keptPositions, keptWhole, moved, placesBetween, rank, setChannels, type Through } from "./choice";
import { paint, type SmallMaps } from "./smallmaps";
import type { Wire } from "./wire";

const WIDTH = 72;
const HEIGHT = 94;
const REST_MS = 200;

/** What the list asks of the view around it. */
export interface Owner {
  readonly wire: Wire;
  readonly maps: SmallMaps;
  /** Shows another choice at once, and with `commit` asks the model. */
  choose(through: Through, commit: boolean): void;
  /** The unit that is looked at larger; goes to the kernel with the next choice. */
  look(unit: number): void;
  redraw(): void;
}

interface Cell {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  name: HTMLElement;
  share: HTMLElement;
  painted: string;
}

export class UnitList {
  private readonly field = h("div", { class: "lrpw-units-field" });
  readonly element = h(
    "div",
    { class: "lrpw-units", role: "listbox", "aria-multiselectable": "true", "aria-label": "Units by relevance", tabindex: 0 },
    this.field,
  );
  private readonly id = uniqueId();
  private readonly cells = new Map<number, Cell>();
  private ranked: number[] = [];
  private places = new Map<number, number>();
  private ranking = "";
  private grid: Grid = arrange(1, 0, WIDTH, HEIGHT);
  private place = 0;
  private sweep: { keep: boolean; at: [number, number]; before: Through; through: Through; began: number } | null = null;
  private rest = 0;
  private told = "";

  constructor(private readonly owner: Owner) {
    const { element } = this;
    element.addEventListener("scroll", () => owner.redraw());
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", () => this.release());
    element.addEventListener("pointercancel", () => this.cancel());
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("keyup", (event) => event.key === "Shift" && this.release());
    element.addEventListener("blur", () => this.release());
  }

  /** Draws the choice `through`, which a sweep may be ahead of the kernel's. */
  update(through: Through): void {
    const { wire, maps } = this.owner;
    const relevance = wire.relevance;
    const ranking = `${wire.serial}|${relevance.length}`;
    if (ranking !== this.ranking) {
      this.ranking = ranking;
      this.ranked = rank(relevance);
      this.places = new Map(this.ranked.map((unit, place) => [unit, place]));
      this.place = 0;
      this.element.scrollTop = 0;
      maps.keep(wire.serial);
    }
    const count = this.ranked.length;
    this.grid = arrange(this.element.clientWidth, count, WIDTH, HEIGHT);
    this.field.style.height = `${this.grid.rows * HEIGHT}px`;
    const [first, last] = inSight(this.grid, count, this.element.scrollTop, this.element.clientHeight);
    for (const [place, cell] of this.cells) {
      if (place >= first && place < last) continue;
      cell.element.remove();
      this.cells.delete(place);
    }
    const kept = keptWhole(through, wire.layer);
    for (let place = first; place < last; place++) this.draw(place, relevance, kept, through);
    this.element.setAttribute("aria-activedescendant", `${this.id}-${this.place}`);
    this.tell(first, last);
  }

  private draw(place: number, relevance: Float32Array, kept: Set<number>, through: Through): void {
    const { wire, maps } = this.owner;
    const unit = this.ranked[place];
    const cell = this.cell(place);
    const { element } = cell;
    const partly = keptPositions(through, wire.layer, unit).length;
    const share = wire.share(relevance[unit]);
    const amount = share === null ? signed(relevance[unit]) : percent(share);
    write(cell.name, String(unit));
    write(cell.share, amount);
    element.dataset.unit = String(unit);
    element.style.transform = `translate(${(place % this.grid.columns) * WIDTH}px, ${Math.floor(place / this.grid.columns) * HEIGHT}px)`;
    element.setAttribute("aria-selected", String(kept.has(unit)));
    element.setAttribute("aria-posinset", String(place + 1));
    element.setAttribute("aria-setsize", String(this.ranked.length));
    const how = kept.has(unit) ? ", kept" : partly ? `, kept at ${partly} positions` : "";
    element.title = `unit ${unit}: R ${signed(relevance[unit])}${share === null ? "" : ` (${percent(share)})`}${how}`;
    element.setAttribute("aria-label", element.title);
    element.classList.toggle("lrpw-kept", kept.has(unit));
    element.classList.toggle("lrpw-partly", partly > 0);
    element.classList.toggle("lrpw-at", place === this.place);
    element.classList.toggle("lrpw-looked", unit === wire.unit);
    element.classList.toggle("lrpw-against", relevance[unit] < 0);
    const map = maps.get(wire.serial, unit);
    const painted = map ? `${wire.serial}|${unit}|${wire.limit}|${wire.cmap}` : "";
    if (painted === cell.painted) return;
    cell.painted = painted;
    element.toggleAttribute("data-drawn", !!map);
    cell.canvas.hidden = !map;
    if (map) paint(cell.canvas, map, wire.small[1], wire.limit, wire.cmap);
  }

  private cell(place: number): Cell {
    const known = this.cells.get(place);
    if (known) return known;
    const canvas = h("canvas", { class: "lrpw-unit-map", hidden: true, width: 1, height: 1 });
    const name = h("span");
    const share = h("span", { class: "lrpw-unit-share" });
    const words = h("div", { class: "lrpw-unit-words" }, name, share);
    const element = h(
      "div",
      { class: "lrpw-unit", role: "option", id: `${this.id}-${place}`, "data-place": place },
      h("div", { class: "lrpw-unit-frame" }, canvas),
      words,
    );
    const cell = { element, canvas, name, share, painted: "" };
    this.cells.set(place, cell);
    this.field.append(element);
    return cell;
  }

  /** The kernel makes the maps in sight first. */
  private tell(first: number, last: number): void {
    const { store } = this.owner.wire;
    const text = `${this.ranking}|${first}|${last}`;
    if (last <= first || text === this.told) return;
    this.told = text;
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => {
      const known = store.get("_visible");
      if (Array.isArray(known) && known[0] === first && known[1] === last) return;
      store.set("_visible", [first, last]);
      store.commit();
    }, REST_MS);
  }

  // -- hands ----------------------------------------------------------------------------------------

  private point(event: PointerEvent): [number, number] {
    const box = this.field.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private press(event: PointerEvent): void {
    const at = this.point(event);
    const [place] = placesBetween(this.grid, this.ranked.length, at, at);
    if (event.button !== 0 || place === undefined || event.clientX > this.element.getBoundingClientRect().left + this.element.clientWidth) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.begin(place, at);
  }

  private begin(place: number, at: [number, number]): void {
    const { wire } = this.owner;
    const before = wire.through;
    const keep = !keptWhole(before, wire.layer).has(this.ranked[place]);
    this.sweep = { keep, at, before, through: before, began: place };
    this.place = place;
    this.pass([place]);
  }

  private move(event: PointerEvent): void {
    if (!this.sweep) return;
    const to = this.point(event);
    const passed = placesBetween(this.grid, this.ranked.length, this.sweep.at, to);
    this.sweep.at = to;
    if (passed.length) this.place = passed[passed.length - 1];
    this.pass(passed);
  }

  private pass(places: readonly number[]): void {
    if (!this.sweep) return;
    const units = places.map((place) => this.ranked[place]);
    this.sweep.through = setChannels(this.sweep.through, this.owner.wire.layer, units, this.sweep.keep);
    this.owner.choose(this.sweep.through, false);
  }

  private release(): void {
    if (!this.sweep) return;
    const { through, began } = this.sweep;
    this.sweep = null;
    this.owner.look(this.ranked[began]);
    this.owner.choose(through, true);
  }

  private cancel(): void {
    if (!this.sweep) return;
    const { before } = this.sweep;
    this.sweep = null;
    this.owner.choose(before, false);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.ranked.length) return;
    const rows = Math.floor(this.element.clientHeight / HEIGHT);
    const next = moved(event.key, this.place, this.ranked.length, this.grid.columns, rows);
    if (next !== null) {
      // With Shift everything on the way is kept, or dropped, as the first one was turned.
      if (event.shiftKey && !this.sweep) this.begin(this.place, [0, 0]);
      const [from, to] = [Math.min(next, this.place), Math.max(next, this.place)];
      this.place = next;
      if (event.shiftKey) this.pass(Array.from({ length: to - from + 1 }, (_, i) => from + i));
      this.reveal();
    } else if (event.key === " " || event.key === "Enter") {
      this.release();
      this.begin(this.place, [0, 0]);
      this.release();
    } else if (event.key === "Escape" && this.sweep) {
      this.cancel();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.owner.redraw();
  }

  /** Into sight within the list; the notebook itself must not move. */
  private reveal(): void {
    const top = Math.floor(this.place / this.grid.columns) * HEIGHT;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + HEIGHT > scrollTop + clientHeight) this.element.scrollTop = top + HEIGHT - clientHeight;
  }

  /** The place in the ranking, from 1. */
  rankOf(unit: number): number {
    return (this.places.get(unit) ?? -1) + 1;
  }

  dispose(): void {
    window.clearTimeout(this.rest);
  }
}
