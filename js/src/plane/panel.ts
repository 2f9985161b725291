/** One method: shades of f, arrows of relevance, the point, and the bars of what is relevant there. */
import { h, write } from "../dom";
import { plain } from "../format";
import { arrow, type Field, type Node } from "./field";

/** Units of the drawing; CSS makes it as wide as there is room. */
const SIDE = 300;
const SHADES = 10;
/** The longest arrow, in parts of the distance between two; as in lrpwidgets/render/plane.py. */
const LONGEST = 0.85;
const SVG = "http://www.w3.org/2000/svg";

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number> = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

export class Panel {
  private readonly name = h("figcaption", { class: "lrpw-strong" });
  private readonly shades = svg("g", { class: "lrpw-shades" });
  private readonly arrows = svg("path", { class: "lrpw-arrows" });
  private readonly own = svg("path", { class: "lrpw-own" });
  private readonly dot = svg("circle", { class: "lrpw-dot", r: 4.5 });
  readonly plot = svg("svg", { class: "lrpw-plot", viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "group" });
  private readonly across = h("span");
  private readonly bars = [0, 1].map(() => {
    const bar = h("span");
    const value = h("span", { class: "lrpw-value" });
    const label = h("span", { class: "lrpw-label" });
    const track = h("div", { class: "lrpw-plane-bar" }, bar, h("span", { class: "lrpw-zero" }));
    return { bar, value, label, row: h("div", { class: "lrpw-row" }, label, track, value) };
  });
  private readonly scale = h("div", { class: "lrpw-muted" });
  readonly element: HTMLElement;
  private reach = { arrow: 0, bar: 0 };
  private drawn: Field | null = null;

  constructor(private readonly method: number) {
    this.plot.append(this.shades, this.arrows, this.own, this.dot);
    const axis = h("div", { class: "lrpw-axis lrpw-muted" }, this.across);
    this.element = h("figure", {}, this.name, this.plot, axis, ...this.bars.map(({ row }) => row), this.scale);
  }

  update(field: Field, node: Node): void {
    if (this.drawn !== field) this.draw(field);
    this.drawn = field;
    const [x, y] = xy(field, node);
    this.dot.setAttribute("cx", String(x));
    this.dot.setAttribute("cy", String(y));
    this.own.setAttribute("d", this.arrow(field, node, 8));
    field.at(this.method, node).forEach((value, i) => {
      const { bar, value: number, row } = this.bars[i];
      const length = this.reach.bar > 0 ? (50 * Math.abs(value)) / this.reach.bar : 0;
      bar.className = value < 0 ? "lrpw-against" : "lrpw-for";
      bar.style.left = `${value < 0 ? 50 - length : 50}%`;
      bar.style.width = `${length}%`;
      row.dataset.value = String(value);
      write(number, plain(value, 4));
    });
  }

  /** What stands still while the point moves. */
  private draw(field: Field): void {
    const { method } = this;
    const name = field.methods[method];
    this.reach = field.reach(method);
    write(this.name, name);
    this.plot.setAttribute("aria-label", `${name}: relevance all over the plane; arrow keys move the point`);
    this.shades.setAttribute("transform", `scale(${SIDE / field.nodes})`);
    this.shades.replaceChildren(...field.shades(SHADES).map((d) => svg("path", { d })));
    const cells = field.arrows.flatMap((row) => field.arrows.map((column): Node => [row, column]));
    this.arrows.setAttribute("d", cells.map((cell) => this.arrow(field, cell, 5)).join(""));
    const [low, high] = [field.low, field.high].map((end) => end.map((value) => plain(value)));
    write(this.across, `${field.names[0]} \u2192 from ${low[0]} to ${high[0]}, ${field.names[1]} \u2191 from ${low[1]} to ${high[1]}`);
    this.bars.forEach(({ label }, i) => write(label, `R of ${field.names[i]}`));
    write(this.scale, `longest arrow ${plain(this.reach.arrow)}, longest bar ${plain(this.reach.bar)}`);
  }

  private arrow(field: Field, node: Node, head: number): string {
    const [x, y] = xy(field, node);
    const [first, second] = field.at(this.method, node);
    const unit = this.reach.arrow > 0 ? (LONGEST * SIDE) / field.arrows.length / this.reach.arrow : 0;
    return arrow(x, y, first * unit, -second * unit, head);
  }
}

/** Where the middle of a node lies in the drawing. */
function xy(field: Field, [row, column]: Node): [number, number] {
  return [((column + 0.5) * SIDE) / field.nodes, ((field.nodes - 0.5 - row) * SIDE) / field.nodes];
}
