/** Searches for prototypes, side by side, and what was kept of them. One animation frame a change. */
import { h, uniqueId, write } from "../dom";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Cards } from "./cards";
import { ColumnView } from "./column";
import { Controls } from "./controls";
import { type Column, readCards, readColumns, readFilm, readSweep, type Sweep } from "./state";
import { PROTOTYPES } from "./style";
import { SweepView } from "./sweep";

const SENT = ["_columns", "_live", "_sweep", "_choice", "_labels", "_layers", "_near"];
const STATE = ["at", "step", "shown_weight", "seed", "count", "diversity", "eta", "steps", "status", "progress", "error"];

export function mountPrototypes(el: HTMLElement, store: Store): () => void {
  const view = new PrototypeView(el, store);
  return () => view.dispose();
}

class PrototypeView {
  private readonly root = h("div", { class: "lrpw-view lrpw-prototypes", role: "group", "aria-label": "Prototypes" });
  private readonly controls: Controls;
  private readonly grid = h("div", { class: "lrpw-proto-columns" });
  private readonly slider: HTMLInputElement;
  private readonly at = h("output", { class: "lrpw-value" });
  private readonly all: HTMLElement;
  private readonly sweep: SweepView;
  private readonly cards: Cards;
  private readonly status: Status;
  private readonly redraw: Redraw;
  private readonly undo: (() => void)[] = [];
  private views: ColumnView[] = [];
  private columns: Column[] = [];
  private swept: Sweep | null = null;
  private stale = true;
  private staleCards = true;
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    const request = (): void => this.redraw.request();
    this.status = new Status(this.root, store);
    this.controls = new Controls(store);
    this.sweep = new SweepView(store, request);
    this.cards = new Cards(store);
    const id = uniqueId();
    this.slider = h("input", { id, class: "lrpw-slider", type: "range", min: 0, max: 0, step: 1 });
    this.slider.addEventListener("input", () => {
      const number = this.slider.valueAsNumber;
      store.set("at", {});
      store.set("step", number === Number(this.slider.max) ? null : number);
      request();
    });
    this.slider.addEventListener("change", () => store.commit());
    const label = h("label", { class: "lrpw-muted", for: id }, "All columns at step");
    this.all = h("div", { class: "lrpw-row lrpw-proto-all" }, label, this.slider, this.at);
    this.root.append(
      this.status.progress, this.controls.element, this.status.element, this.grid, this.all, this.sweep.element, this.cards.element,
    );
    adoptStyle(el, PROTOTYPES);
    el.append(this.root);
    this.undo.push(shield(this.root));
    for (const name of ["_columns", "_sweep"]) this.undo.push(store.on(name, () => void (this.stale = true)));
    this.undo.push(store.on("_cards", () => void (this.staleCards = true)));
    this.redraw = new Redraw(this.root, store, [...SENT, ...STATE, "_cards"], () => this.draw());
  }

  private draw(): void {
    if (this.stale) {
      this.stale = false;
      this.columns = readColumns(this.store);
      this.swept = readSweep(this.store);
      if (this.views.length !== this.columns.length) {
        this.views = this.columns.map(() => new ColumnView(this.store, () => this.redraw.request()));
        this.grid.replaceChildren(...this.views.map((view) => view.element));
      }
    }
    const live = (this.store.get("_live") ?? []) as unknown[];
    for (const [i, view] of this.views.entries()) view.update(this.columns[i], readFilm(live[i]));
    this.controls.update();
    this.drawAll();
    this.sweep.update(this.swept);
    if (this.staleCards) {
      this.staleCards = false;
      this.cards.update(readCards(this.store));
    }
    const shown = this.columns.some((column) => column.film.frames > 0);
    this.status.update("", shown, "Nothing is searched yet. Choose a target and press Run.");
    this.root.dataset.ready = String(++this.frames);
  }

  private drawAll(): void {
    const last = Math.max(0, ...this.columns.map((column) => column.film.numbers.at(-1) ?? 0));
    this.all.hidden = this.columns.length < 2 || last === 0;
    this.slider.max = String(last);
    this.slider.disabled = this.columns.some((column) => column.running);
    const step = this.store.get("step");
    const at = typeof step === "number" ? Math.min(step, last) : last;
    if (this.slider.valueAsNumber !== at) this.slider.valueAsNumber = at;
    this.slider.style.setProperty("--lrpw-part", `${last ? (100 * at) / last : 100}%`);
    write(this.at, typeof step === "number" ? String(at) : "last");
  }

  dispose(): void {
    for (const undo of this.undo.splice(0)) undo();
    this.redraw.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
