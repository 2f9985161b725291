/** What is shown and in which order: every control sets a trait. */
import { button, type Choice, h, menu, radios, uniqueId } from "../dom";
import type { Help } from "../help";
import type { Store } from "../store";

/** A hand that rests this long has ended its word. */
const REST_MS = 250;
const ANY = "";

const SORT_NAMES: Record<string, string> = { given: "as given", truth: "true class", predicted: "predicted class" };

export class Toolbar {
  private typing = 0;
  private readonly sort = menu("Sort", "What the order follows", (value) => this.set({ sort: value }));
  private readonly direction = button("\u2191", "Smallest first", () => this.set({ descending: !this.store.get("descending") }));
  private readonly show = radios(
    "Show",
    "Which predictions are shown",
    "lrpw-segments",
    ["all", "wrong", "right"].map((value) => ({ value, label: value, content: value })),
    (value) => this.set({ show: value }),
  );
  private readonly truth = menu("True", "Only inputs of this class", (value) => this.set({ true_class: number(value) }));
  private readonly predicted = menu("Taken for", "Only inputs that the model takes for this class", (value) =>
    this.set({ predicted_class: number(value) }),
  );
  private readonly text = h("input", { type: "search", id: uniqueId(), class: "lrpw-field", placeholder: "label or title", autocomplete: "off" });
  private readonly low = this.end("at least");
  private readonly high = this.end("at most");
  private readonly range = h("div", { class: "lrpw-row" }, h("span", { class: "lrpw-label" }, "Range"), this.low, h("span", {}, "to"), this.high);
  readonly again = button("Predict the rest", "Predict the rest, out of sight", () => this.set({ background: true }));
  private readonly keys: HTMLButtonElement;
  readonly summary = h("div", { class: "lrpw-summary", role: "status" });
  readonly element: HTMLElement;

  constructor(
    private readonly store: Store,
    help: Help,
  ) {
    this.keys = button("?", "Keys (?)", () => help.toggle());
    this.sort.element.append(this.direction);
    this.text.addEventListener("input", () => this.soon(() => this.set({ search: this.text.value })));
    this.element = h(
      "div",
      { class: "lrpw-gallery-filters" },
      this.sort.element,
      this.show.element,
      this.truth.element,
      this.predicted.element,
      h("div", { class: "lrpw-row" }, h("label", { class: "lrpw-label", for: this.text.id }, "Find"), this.text),
      this.range,
      h("div", { class: "lrpw-counts" }, this.summary, this.again, this.keys),
    );
  }

  find(): void {
    this.text.focus();
    this.text.select();
  }

  update(): void {
    const { store } = this;
    const sort = String(store.get("sort"));
    const told = store.get("_told") === true;
    const sorts = (store.get("_sorts") as string[]).map((name) => ({ value: name, label: this.sortName(name, told) }));
    this.sort.update(sort, sorts);
    const descending = store.get("descending") === true;
    const words = descending ? "Largest first" : "Smallest first";
    this.direction.textContent = descending ? "\u2193" : "\u2191";
    this.direction.title = words;
    this.direction.setAttribute("aria-label", words);
    this.show.update(String(store.get("show")));
    this.show.element.hidden = this.truth.element.hidden = !told;
    const classes = (store.get("_labels") as [number, string][]).map(([at, name]) => ({ value: String(at), label: name }));
    const choices: Choice[] = [{ value: ANY, label: "any class" }, ...classes];
    this.truth.update(asked(store.get("true_class")), choices);
    this.predicted.update(asked(store.get("predicted_class")), choices);
    if (document.activeElement !== this.text) this.text.value = String(store.get("search"));
    this.range.hidden = ["given", "truth", "predicted"].includes(sort);
    const [low, high] = this.ends(sort);
    for (const [input, value] of [[this.low, low], [this.high, high]] as const) {
      input.setAttribute("aria-label", `${sort} ${input.placeholder}`);
      if (document.activeElement !== input) input.value = value === null ? "" : String(value);
    }
    const summary = String(store.get("summary"));
    if (this.summary.textContent !== summary) this.summary.textContent = summary;
    this.again.hidden = !store.send || store.get("background") === true || !summary.includes("not predicted yet");
  }

  dispose(): void {
    window.clearTimeout(this.typing);
  }

  private sortName(name: string, told: boolean): string {
    if (name === "margin") return told ? "margin (mistakes first)" : "margin (least sure first)";
    return Object.hasOwn(SORT_NAMES, name) ? SORT_NAMES[name] : name;
  }

  private end(placeholder: string): HTMLInputElement {
    const input = h("input", { type: "number", step: "any", class: "lrpw-field", placeholder });
    input.addEventListener("input", () => {
      const sort = String(this.store.get("sort"));
      this.soon(() => this.bound(sort));
    });
    return input;
  }

  private ends(sort: string): [number | null, number | null] {
    const within = (this.store.get("within") ?? {}) as Record<string, [number | null, number | null]>;
    return Object.hasOwn(within, sort) ? within[sort] : [null, null];
  }

  private soon(act: () => void): void {
    window.clearTimeout(this.typing);
    this.typing = window.setTimeout(act, REST_MS);
  }

  private bound(sort: string): void {
    const ends = [this.low, this.high].map((input) => (Number.isFinite(input.valueAsNumber) ? input.valueAsNumber : null));
    const within = { ...(this.store.get("within") as object), [sort]: ends } as Record<string, unknown>;
    if (ends.every((end) => end === null)) delete within[sort];
    this.set({ within });
  }

  private set(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.store.set(name, value);
    this.store.commit();
  }
}

function number(value: string): number | null {
  return value === ANY ? null : Number(value);
}

function asked(value: unknown): string {
  return typeof value === "number" ? String(value) : ANY;
}
