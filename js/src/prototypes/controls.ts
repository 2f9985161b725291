/** What is asked: the class or hidden unit, chance, how many, how near to a reference; begin, and sweep. */
import { button, h, uniqueId } from "../dom";
import type { Store } from "../store";
import { paint } from "./pictures";
import { readFilm } from "./state";

const UNIT = "unit";
const GIVEN = "given";

interface Choice {
  index?: number;
  path?: string;
  channel?: number;
  text?: string;
}

export class Controls {
  private readonly target = h("select", { class: "lrpw-select" });
  private readonly index: HTMLInputElement;
  private readonly layer = h("select", { class: "lrpw-select" });
  private readonly channel: HTMLInputElement;
  private readonly unit: HTMLElement;
  private readonly numbers: Record<"seed" | "count" | "diversity" | "eta" | "steps", HTMLInputElement>;
  private readonly swept = h("select", { class: "lrpw-select" });
  private readonly sweep: HTMLElement;
  private readonly reference = h("canvas", { class: "lrpw-proto-reference", role: "img", "aria-label": "The reference" });
  private readonly fields: Record<string, HTMLElement> = {};
  readonly element: HTMLElement;
  private listed = "";
  private unitAsked = false;

  constructor(private readonly store: Store) {
    const number = (min: number, step: number | "any", change: (value: number) => void): HTMLInputElement => {
      const input = h("input", { class: "lrpw-proto-number", type: "number", min, step });
      let asked = "";
      const commit = (): void => {
        if (input.value === asked || !Number.isFinite(input.valueAsNumber)) return;
        asked = input.value;
        change(input.valueAsNumber);
      };
      input.addEventListener("focus", () => void (asked = input.value));
      input.addEventListener("change", commit);
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") commit();
      });
      return input;
    };
    const ask = (name: string) => (value: number) => this.ask({ [name]: value });
    this.index = number(0, 1, (index) => this.ask({ target: index }));
    this.channel = number(0, 1, () => this.askUnit());
    this.numbers = {
      seed: number(0, 1, ask("seed")),
      count: number(1, 1, (count) => this.ask(count > 1 ? { count } : { count: null, diversity: 0 })),
      diversity: number(0, "any", ask("diversity")),
      eta: number(0, "any", ask("eta")),
      steps: number(1, 1, ask("steps")),
    };
    this.target.addEventListener("change", () => {
      this.unitAsked = this.target.value === UNIT;
      if (this.unitAsked) this.update();
      else if (this.target.value !== GIVEN) this.ask({ target: Number(this.target.value) });
    });
    this.layer.addEventListener("change", () => this.askUnit());
    this.unit = h("div", { class: "lrpw-proto-fields" }, field("Layer", this.layer, "The layer of the hidden unit"), field("Channel", this.channel, "Its channel"));
    const run = button("Run", "Search again from the start", () => (this.unitAsked ? this.askUnit() : this.ask({})));
    const go = button("Sweep the weight", "Prototypes by the weight of this expert", () =>
      store.send?.({ kind: "sweep", name: this.swept.value }),
    );
    this.swept.setAttribute("aria-label", "Expert whose weight is swept");
    this.sweep = h("div", { class: "lrpw-proto-go" }, this.swept, go);
    this.fields = {
      target: field("Target", this.target, "What the model should be most certain of"),
      index: field("Class", this.index, "The class, counted from 0"),
      seed: field("Seed", this.numbers.seed, "Decides all chance"),
      count: field("Several", this.numbers.count, "How many prototypes, which begin at different places"),
      diversity: field("Apart", this.numbers.diversity, "How strongly several keep apart"),
      eta: field("Near, \u03b7", this.numbers.eta, "How strongly the reference pulls"),
      steps: field("Steps", this.numbers.steps, "Tries at most"),
    };
    const { target, index, ...rest } = this.fields;
    this.element = h(
      "div",
      { class: "lrpw-proto-controls" },
      h("div", { class: "lrpw-proto-fields" }, target, index, this.unit, this.reference, ...Object.values(rest)),
      h("div", { class: "lrpw-proto-fields" }, run, this.sweep),
    );
  }

  update(): void {
    const { store } = this;
    const choice = (store.get("_choice") ?? {}) as Choice;
    const labels = (store.get("_labels") ?? []) as string[];
    const layers = (store.get("_layers") ?? []) as string[];
    const columns = ((store.get("_columns") ?? []) as { name: string }[]).map((column) => column.name);
    this.fill(labels, layers, columns, choice);
    const isUnit = this.unitAsked || choice.path !== undefined;
    const place = isUnit ? UNIT : choice.index === undefined ? GIVEN : String(choice.index);
    if (this.target.value !== place) this.target.value = place;
    this.unit.hidden = !isUnit;
    this.fields.index.hidden = labels.length > 0 || isUnit;
    this.fields.target.hidden = false;
    put(this.index, choice.index ?? null);
    if (choice.path !== undefined && !this.unitAsked) {
      this.layer.value = choice.path;
      put(this.channel, choice.channel ?? 0);
    } else if (this.channel.value === "") this.channel.value = "0";
    for (const [name, input] of Object.entries(this.numbers)) {
      const value = store.get(name);
      put(input, typeof value === "number" ? value : name === "count" ? 1 : null);
    }
    const near = readFilm(framed(store.get("_near")));
    this.reference.hidden = this.fields.eta.hidden = near.frames === 0;
    if (near.frames) paint(this.reference, near, 0, 0);
    this.fields.diversity.hidden = !(Number(store.get("count")) > 1);
  }

  private fill(labels: string[], layers: string[], columns: string[], choice: Choice): void {
    const text = JSON.stringify([labels, layers, columns, choice]);
    if (text === this.listed) return;
    this.listed = text;
    if (choice.path === undefined) this.unitAsked = false;
    const classes = labels.length ? labels.map((label, i) => option(String(i), label)) : [];
    const bare = !labels.length && choice.index !== undefined ? [option(String(choice.index), "a class")] : [];
    const given = choice.index === undefined && choice.path === undefined ? [option(GIVEN, choice.text ?? "")] : [];
    this.target.replaceChildren(...given, ...classes, ...bare, option(UNIT, "hidden unit"));
    const layer = this.layer.value;
    this.layer.replaceChildren(...layers.map((name) => option(name, name)));
    if (layers.includes(layer)) this.layer.value = layer;
    const chosen = this.swept.value;
    this.swept.replaceChildren(...columns.map((name) => option(name, name)));
    if (columns.includes(chosen)) this.swept.value = chosen;
    this.swept.hidden = columns.length < 2;
  }

  private ask(asked: Record<string, unknown>): void {
    this.store.send?.({ kind: "ask", asked });
  }

  private askUnit(): void {
    this.unitAsked = false;
    this.ask({ target: { path: this.layer.value, channel: this.channel.valueAsNumber || 0 } });
  }
}

function option(value: string, label: string): HTMLOptionElement {
  return h("option", { value }, label);
}

function field(label: string, control: HTMLElement, title: string): HTMLElement {
  const id = uniqueId();
  control.id = id;
  return h("div", { class: "lrpw-proto-field", title }, h("label", { class: "lrpw-muted", for: id }, label), control);
}

/** Leaves alone what somebody is typing. */
function put(input: HTMLInputElement, value: number | null): void {
  if (document.activeElement === input) return;
  const text = value === null ? "" : String(value);
  if (input.value !== text) input.value = text;
}

function framed(near: unknown): unknown {
  const sent = (near ?? {}) as { shape?: number[]; pixels?: unknown };
  return sent.shape ? { ...sent, shape: [1, ...sent.shape] } : {};
}
