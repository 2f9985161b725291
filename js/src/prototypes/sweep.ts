/** Prototypes by the weight of the expert (tutorial, Fig. 1): a slider over the weights found, with both curves. */
import { button, h, uniqueId, write } from "../dom";
import { plain } from "../format";
import type { Store } from "../store";
import { curve, placeOf } from "./curve";
import { Numbers, Pictures } from "./pictures";
import { brief, isLogProbability, type Sweep, told } from "./state";

const WIDTH = 320;
const HEIGHT = 72;
const MARGIN = 7;
const SVG = "http://www.w3.org/2000/svg";

export class SweepView {
  private readonly title = h("h4", { class: "lrpw-proto-heading" });
  private readonly pictures = new Pictures(() => this.redraw());
  private readonly numbers = new Numbers();
  private readonly density = new Chart("log p(x*)");
  private readonly score = new Chart("log p(c|x*)");
  private readonly slider: HTMLInputElement;
  private readonly weight = h("output", { class: "lrpw-value" });
  private readonly keep: HTMLButtonElement;
  readonly element: HTMLElement;

  constructor(
    private readonly store: Store,
    private readonly redraw: () => void,
  ) {
    const id = uniqueId();
    this.slider = h("input", { id, class: "lrpw-slider", type: "range", min: 0, max: 0, step: 1 });
    this.slider.addEventListener("input", () => {
      const last = Number(this.slider.max);
      const at = this.slider.valueAsNumber;
      store.set("shown_weight", at === last ? null : at);
      redraw();
    });
    this.slider.addEventListener("change", () => store.commit());
    this.keep = button("Keep", "Keep this weight's prototype as a card", () =>
      store.send?.({ kind: "keep-weight", index: this.slider.valueAsNumber, row: this.pictures.row }),
    );
    const label = h("label", { class: "lrpw-muted", for: id }, "Weight");
    const left = h("div", { class: "lrpw-proto-column" }, this.pictures.element, this.numbers.element);
    const right = h(
      "div",
      { class: "lrpw-proto-curves" },
      this.density.element, this.score.element,
      h("div", { class: "lrpw-row" }, label, this.slider, this.weight, this.keep),
    );
    this.element = h(
      "section",
      { class: "lrpw-proto-sweep", "aria-label": "Sweep of the weight", hidden: true },
      this.title, h("div", { class: "lrpw-proto-swept" }, left, right),
    );
  }

  update(sweep: Sweep | null): void {
    this.element.hidden = !sweep;
    if (!sweep) return;
    const { film, weights, planned, labels } = sweep;
    const asked = this.store.get("shown_weight");
    const at = Math.min(typeof asked === "number" ? asked : weights.length - 1, weights.length - 1);
    const found = weights.length < planned ? `, ${weights.length} of ${planned} weights` : "";
    write(this.title, `By the weight of ${sweep.name}${found}`);
    this.pictures.draw(film, at, labels);
    const row = this.pictures.row;
    const facts = film.facts.map((frame) => frame[row]);
    this.numbers.update([["target", labels[row] ?? ""], ...told(facts[at])]);
    this.density.draw(facts.map((each) => each[2]), planned, at);
    this.score.draw(facts.map((each) => each[0]), planned, at, isLogProbability(facts[at]) ? "log p(c|x*)" : "score");
    this.slider.max = String(weights.length - 1);
    if (this.slider.valueAsNumber !== at) this.slider.valueAsNumber = at;
    this.slider.style.setProperty("--lrpw-part", `${weights.length > 1 ? (100 * at) / (weights.length - 1) : 100}%`);
    write(this.weight, brief(weights[at]));
    this.slider.setAttribute("aria-valuetext", `weight ${brief(weights[at])}`);
    this.element.dataset.weight = String(weights[at]);
    this.element.dataset.count = String(weights.length);
  }
}

function part<K extends "svg" | "polyline" | "circle" | "line">(tag: K, attributes: Record<string, string | number>): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/** One curve with its name and its ends. */
class Chart {
  private readonly svg = part("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "lrpw-proto-chart", role: "img" });
  private readonly name: HTMLElement;
  private readonly range = h("span", { class: "lrpw-muted" });
  readonly element: HTMLElement;

  constructor(name: string) {
    this.name = h("span", {}, name);
    const head = h("div", { class: "lrpw-proto-chart-head" }, this.name, this.range);
    this.element = h("div", {}, head);
    this.element.append(this.svg);
  }

  draw(values: readonly (number | null)[], planned: number, at: number, name = this.name.textContent ?? ""): void {
    const { points, low, high } = curve(values, planned, WIDTH, HEIGHT, MARGIN);
    const x = placeOf(at, planned, WIDTH, MARGIN);
    write(this.name, name);
    write(this.range, `${plain(low, 4)} to ${plain(high, 4)}`);
    this.svg.setAttribute("aria-label", `${name} by weight, from ${plain(low, 4)} to ${plain(high, 4)}`);
    this.svg.replaceChildren(
      part("line", { class: "lrpw-proto-now", x1: x, x2: x, y1: 0, y2: HEIGHT }),
      part("polyline", { class: "lrpw-proto-line", points: points.map((point) => point.join(",")).join(" ") }),
      ...points.map(([cx, cy]) => part("circle", { class: "lrpw-proto-dot", cx, cy, r: Math.abs(cx - x) < 0.5 ? 4.5 : 2.5 })),
    );
  }
}
