/** Which layer's units are shown, and in which layers something is filtered. */
import { button, h, menu, write } from "../dom";
import { percent } from "../format";
import { channelOf, type Through, type Unit } from "./choice";
import type { Layer, Wire } from "./wire";

const SHORTEST = 3; // numbers of units that a chip spells out

/** A line of the menu: the tree by indentation, then what flows where. */
export function describe({ path, kind, shape, share }: Layer): string {
  const parts = path.split(".");
  const arrives = share === null ? "" : `  ${percent(share)}`;
  return `${"\u2003".repeat(parts.length - 1)}${path}  ${kind} ${shape.join("\u00d7")}${arrives}`;
}

export function summary(units: readonly Unit[]): string {
  if (units.length > SHORTEST) return `${units.length} units`;
  return units.map((unit) => (typeof unit === "number" ? String(unit) : `${channelOf(unit)} at ${unit[1].join(",")}`)).join("; ");
}

export class Layers {
  private readonly menu = menu("layer", "The layer whose units are shown", (path) => this.go(path));
  private readonly chips = h("div", { class: "lrpw-chips", role: "list", "aria-label": "Filters" });
  private readonly where = h("div", { class: "lrpw-muted" });
  readonly element = h("div", { class: "lrpw-layers" }, this.menu.element, this.chips, this.where);
  private shown = "";

  constructor(
    private readonly wire: Wire,
    private readonly choose: (through: Through, commit: boolean) => void,
  ) {}

  private go(path: string): void {
    this.wire.store.set("unit", null);
    this.wire.store.set("layer", path);
    this.wire.store.commit();
  }

  update(through: Through): void {
    const { layers, layer } = this.wire;
    this.menu.update(layer, layers.map((one) => ({ value: one.path, label: describe(one) })));
    const key = JSON.stringify([through, layer]);
    if (key === this.shown) return;
    this.shown = key;
    const focused = this.chips.contains(document.activeElement);
    this.chips.replaceChildren(...Object.entries(through).map(([path, units]) => this.chip(path, units, layer)));
    this.chips.hidden = !Object.keys(through).length;
    if (focused) (this.chips.querySelector("button") ?? this.menu.element.querySelector("select"))?.focus();
    const several = Object.keys(through).length > 1;
    write(this.where, several ? "Filters act together. The shares of units below are of the whole score." : "");
    this.where.hidden = !several;
  }

  private chip(path: string, units: readonly Unit[], layer: string): HTMLElement {
    const { [path]: _, ...others } = this.wire.through;
    const show = button(`${path}: ${summary(units)}`, `Show the units of ${path}`, () => this.go(path));
    show.className = "lrpw-chip-show";
    const remove = button("\u00d7", `Remove the filter in ${path}`, () => this.choose(others, true));
    remove.className = "lrpw-chip-remove";
    return h("span", { class: `lrpw-chip${path === layer ? " lrpw-at" : ""}`, role: "listitem" }, show, remove);
  }
}
