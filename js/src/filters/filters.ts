/** The filter view: layers, sums, units by rank, one unit larger, what it likes; and the heat map beside them. */
import { lut } from "../colour";
import { button, h, write } from "../dom";
import { signed } from "../format";
import { mountHeatmap } from "../heatmap/heatmap";
import { Help, type Keys } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import { modelStore, type Store } from "../store";
import type { WidgetModel } from "../store";
import { adoptStyle } from "../theme";
import { invert, setChannels, type Through } from "./choice";
import { Layers } from "./layers";
import { Likes } from "./likes";
import { Positions } from "./positions";
import { SmallMaps } from "./smallmaps";
import { FILTERS } from "./style";
import { SumsBar } from "./sums";
import { type Owner, UnitList } from "./units";
import { NAMES, Wire } from "./wire";

/** From this width (CSS pixels) on the heat map stands beside the units, else above them. */
const WIDE = 880;
const COLOURS = 255;

const KEYS: Keys = [
  ["click, Space", "keep or drop a unit"],
  ["drag, Shift+arrows", "sweep: keep or drop all on the way; Escape cancels"],
  ["arrows, Page, Home, End", "move between units"],
  ["click in the larger map, Space", "keep or drop a single neuron"],
  ["a, i, x", "keep all, keep the others, clear this layer"],
  ["?", "this table"],
];

/** The model of a widget, with what only this view needs of it. */
export interface FiltersModel extends WidgetModel {
  on(event: string, callback: (...told: never[]) => void): void;
  off(event: string, callback: (...told: never[]) => void): void;
  widget_manager?: { get_model(id: string): Promise<unknown> };
}

export class FilterView implements Owner {
  readonly wire: Wire;
  readonly maps = new SmallMaps();
  private readonly root = h("div", { class: "lrpw-view lrpw-filters", role: "group", "aria-label": "Filter by units" });
  private readonly list = new UnitList(this);
  private readonly positions = new Positions(this, this.list);
  private readonly sums = new SumsBar();
  private readonly layers: Layers;
  private readonly likes: Likes;
  private readonly status: Status;
  private readonly help = new Help(KEYS);
  private readonly heat = h("div", { class: "lrpw-filters-heat" });
  private readonly body: HTMLElement;
  private readonly colours = h("canvas", { width: COLOURS, height: 1, "aria-hidden": "true" });
  private readonly limit = h("span");
  private readonly filled = h("span", { class: "lrpw-filled", "aria-live": "off" });
  private readonly halt = button("Stop", "Stop filling in maps; those that are there stay", () => this.store.send?.({ kind: "stop" }));
  private readonly undo: (() => void)[] = [];
  private readonly redrawing: Redraw;
  private unmount: (() => void) | null = null;
  /** A choice that the kernel does not have yet. */
  private draft: Through | null = null;
  private coloured = "";
  private frames = 0;
  private gone = false;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
    private readonly model: FiltersModel,
  ) {
    this.wire = new Wire(store);
    this.layers = new Layers(this.wire, (through, commit) => this.choose(through, commit));
    this.likes = new Likes(this.wire);
    this.status = new Status(this.root, store);
    const tools = h(
      "div",
      { class: "lrpw-buttons" },
      button("Keep all", "Keep every unit of this layer (a)", () => this.keepAll()),
      button("Keep the others", "Keep what is not kept (i)", () => this.keepOthers()),
      button("Clear", "Take the filter off this layer (x)", () => this.clear()),
      button("?", "Keys (?)", () => this.help.toggle()),
    );
    const scale = h("div", { class: "lrpw-scale" }, this.colours, this.limit, this.filled, this.halt);
    const looking = h("div", { class: "lrpw-looking" }, this.positions.element, this.likes.element);
    const panel = h(
      "div",
      { class: "lrpw-filters-panel" },
      this.layers.element, this.sums.element, tools, this.list.element, scale, looking,
    );
    this.body = h("div", { class: "lrpw-filters-body lrpw-alone" }, this.heat, panel);
    this.root.append(this.status.progress, this.status.element, this.body, this.help.element);
    adoptStyle(el, FILTERS);
    el.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.undo.push(shield(this.root));
    const heard = (content: unknown, buffers: unknown[]): void => {
      if (this.maps.hear(content, buffers)) this.redraw();
    };
    model.on("msg:custom", heard);
    this.undo.push(() => model.off("msg:custom", heard));
    this.undo.push(store.on("through", () => void (this.draft = null)));
    this.undo.push(store.on("_heatmap", () => void this.mountHeat()));
    this.redrawing = new Redraw(this.root, store, NAMES, () => this.draw());
    void this.mountHeat();
    store.send?.({ kind: "maps" });
  }

  /** The heat map is a widget of its own, so that Python and other views can have it; here it is only drawn. */
  private async mountHeat(): Promise<void> {
    const reference = this.store.get("_heatmap");
    const id = typeof reference === "string" ? reference.replace("IPY_MODEL_", "") : null;
    const model = id ? await this.model.widget_manager?.get_model(id) : reference;
    if (this.gone || this.unmount || !model || typeof (model as WidgetModel).get !== "function") return;
    this.unmount = mountHeatmap(this.heat, modelStore(model as WidgetModel));
    this.body.classList.remove("lrpw-alone");
    this.redraw();
  }

  private get through(): Through {
    return this.draft ?? this.wire.through;
  }

  redraw(): void {
    this.redrawing.request();
  }

  choose(through: Through, commit: boolean): void {
    this.draft = through;
    if (commit) {
      this.store.set("through", through);
      this.draft = null;
      this.store.commit();
    }
    this.redraw();
  }

  look(unit: number): void {
    this.store.set("unit", unit);
  }

  private keepAll(): void {
    this.choose(setChannels(this.wire.through, this.wire.layer, [...this.wire.relevance.keys()], true), true);
  }

  private keepOthers(): void {
    this.choose(invert(this.wire.through, this.wire.layer, this.wire.relevance.length), true);
  }

  private clear(): void {
    const { [this.wire.layer]: _, ...others } = this.wire.through;
    this.choose(others, true);
  }

  private key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLSelectElement || this.heat.contains(event.target as Node);
    if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
    if (event.key === "?") this.help.toggle();
    else if (event.key === "Escape" && this.help.open) this.help.close();
    else if (event.key === "a") this.keepAll();
    else if (event.key === "i") this.keepOthers();
    else if (event.key === "x") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private draw(): void {
    const { wire, store, root, through } = this;
    const layers = Object.keys(through).length;
    root.classList.toggle("lrpw-filters-wide", root.clientWidth >= WIDE);
    this.layers.update(through);
    this.sums.update(wire.sums, Object.keys(wire.through).length && layers ? layers : 0);
    this.list.update(through);
    this.positions.update(through);
    this.likes.update();
    this.drawScale();
    const count = wire.relevance.length;
    const filled = Number(store.get("_filled"));
    const filling = store.get("_filling") === true;
    write(this.filled, filled < count ? `${filled} of ${count} maps` : `${count} maps`);
    this.halt.hidden = !filling;
    this.status.update("", count > 0, "Nothing to show yet. Choose a layer.");
    root.dataset.ready = String(++this.frames);
  }

  private drawScale(): void {
    const { limit, cmap } = this.wire;
    write(this.limit, limit > 0 ? `every map from ${signed(-limit)} to ${signed(limit)}, R of a pixel` : "no map yet");
    if (cmap === this.coloured) return;
    this.coloured = cmap;
    const bytes = new Uint8ClampedArray(lut(cmap).slice().buffer);
    this.colours.getContext("2d")?.putImageData(new ImageData(bytes, COLOURS, 1), 0, 0);
  }

  dispose(): void {
    this.gone = true;
    for (const undo of this.undo.splice(0)) undo();
    this.unmount?.();
    this.redrawing.dispose();
    this.list.dispose();
    this.likes.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
