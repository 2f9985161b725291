/** What a comparison has beside the heat map's options: the scale, the measures, and going on after a stop. */
import { button, h, menu } from "../dom";
import type { Commit } from "../heatmap/view";
import type { Store } from "../store";
import { readScale, type Scale } from "./state";

const SCALE_TEXT: Record<Scale, string> = {
  shared: "One for all maps",
  row: "One a row",
  column: "One a column",
  cell: "Each map its own",
};
const SCALE_CHOICES = Object.entries(SCALE_TEXT).map(([value, label]) => ({ value, label }));

const MEASURE_TEXT: Record<string, string> = {
  gini: "Gini index",
  flipping: "Flipping AUC",
  continuity: "Continuity",
  ledger: "Ledger",
};

export class Controls {
  private readonly scale = menu("Scale", "Which maps share a limit (s)", (scale) => this.put({ scale }, "now"));
  private readonly checks = h("div", { class: "lrpw-checks", role: "group", "aria-label": "Measures" });
  private readonly measures = h(
    "div",
    { class: "lrpw-row", title: "Measured by the model under each map, one after another" },
    h("span", { class: "lrpw-label" }, "Measure"),
    this.checks,
  );
  readonly goOn = button("Go on", "Compute what is missing", () => this.store.send?.({ kind: "resume" }));
  readonly element = h("div", { class: "lrpw-compare-own" }, this.scale.element, this.measures);
  private listed = "";

  constructor(
    private readonly store: Store,
    private readonly put: (values: Record<string, unknown>, commit: Commit) => void,
  ) {}

  update(missing: boolean): void {
    this.scale.update(readScale(this.store), SCALE_CHOICES);
    this.goOn.hidden = !missing || !this.store.send || this.store.get("status") === "busy";
    const names = strings(this.store.get("_known_measures"));
    if (names.join() !== this.listed) {
      this.listed = names.join();
      this.checks.replaceChildren(...names.map((name) => this.check(name)));
    }
    this.measures.hidden = !names.length || !this.store.send;
    const chosen = strings(this.store.get("measures"));
    for (const input of this.checks.querySelectorAll("input")) input.checked = chosen.includes(input.value);
  }

  private check(name: string): HTMLElement {
    const input = h("input", { type: "checkbox", value: name });
    input.addEventListener("change", () => {
      const others = strings(this.store.get("measures")).filter((one) => one !== name);
      this.put({ measures: input.checked ? [...others, name] : others }, "now");
    });
    return h("label", {}, input, MEASURE_TEXT[name] ?? name);
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
