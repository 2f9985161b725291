/** A ring of shares of one sign. Slices are dashes of a circle whose length is 100. */
import { h, write } from "../dom";
import { vector } from "./icons";

export interface Slice {
  name: string;
  colour: string;
  /** >= 0 */
  amount: number;
}

const RADIUS = 24;
const RING = 14;

export class Pie {
  private readonly ring = vector("g", { transform: "rotate(-90)" });
  private readonly drawing = vector("svg", { viewBox: "-32 -32 64 64", width: 72, height: 72, role: "img" });
  private readonly sum = h("span", { class: "lrpw-pie-sum" });
  readonly element: HTMLElement;

  constructor(private readonly what: string) {
    this.drawing.append(this.ring);
    const words = h("span", { class: "lrpw-pie-words" }, h("span", { class: "lrpw-muted" }, what), this.sum);
    this.element = h("div", { class: "lrpw-pie" }, this.drawing as unknown as HTMLElement, words);
  }

  update(slices: readonly Slice[], sum: string): void {
    const all = slices.reduce((total, slice) => total + slice.amount, 0);
    while (this.ring.children.length < slices.length) {
      this.ring.append(vector("circle", { r: RADIUS, fill: "none", "stroke-width": RING, pathLength: 100 }));
    }
    while (this.ring.children.length > slices.length) this.ring.lastElementChild?.remove();
    let from = 0;
    slices.forEach(({ colour, amount }, i) => {
      const part = all > 0 ? (100 * amount) / all : 0;
      const slice = this.ring.children[i] as SVGElement;
      slice.style.stroke = colour;
      slice.style.visibility = part > 0 ? "visible" : "hidden";
      slice.setAttribute("stroke-dasharray", `${part.toFixed(3)} 200`);
      slice.setAttribute("stroke-dashoffset", (-from).toFixed(3));
      from += part;
    });
    const told = slices.map(({ name, amount }) => `${name} ${Math.round(all > 0 ? (100 * amount) / all : 0)} %`);
    this.drawing.setAttribute("aria-label", `${this.what} ${sum}: ${told.join(", ")}`);
    this.element.hidden = !(all > 0);
    write(this.sum, sum);
  }
}
