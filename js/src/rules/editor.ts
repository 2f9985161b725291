/** The rule of what is chosen: where it is set, which one, its parameters, its equation. */
import { button, h, menu, uniqueId, write } from "../dom";
import { equation } from "./equation";
import { fault, PATTERN, type Place, places, reach, withTied } from "./places";
import { type Form, type Layer, readForms, readLayers, readSetup, type Setup } from "./wire";
import type { Store } from "../store";

type Values = Record<string, number | boolean>;
const AS_PRESET = "";

export class Editor {
  private readonly place = menu("Set at", "Which layers get the rule", (value) => {
    this.wanted = value;
    this.changed();
  });
  private readonly rule = menu("Rule", "How relevance passes back through these layers", (value) => this.chooseRule(value));
  private readonly patternId = uniqueId();
  private readonly pattern = h("input", { id: this.patternId, class: "lrpw-entry", type: "text", spellcheck: false, placeholder: "features.*" });
  private readonly reached = h("span", { class: "lrpw-muted", "aria-live": "polite" });
  private readonly patternRow = h(
    "div",
    { class: "lrpw-row", title: "Module paths; * and ? stand for anything" },
    h("label", { class: "lrpw-label", for: this.patternId }, "Pattern"),
    this.pattern,
  );
  private readonly fields = h("div", { class: "lrpw-fields" });
  private readonly wrong = h("div", { class: "lrpw-wrong-value", role: "alert", hidden: true });
  private readonly apply = button("Apply", "Use this rule there", () => this.send());
  private readonly typeset = h("div", { class: "lrpw-equation" });
  private readonly source = h("div", { class: "lrpw-muted" });
  readonly element = h(
    "section",
    { class: "lrpw-editor", "aria-label": "Rule of the chosen layer" },
    this.place.element,
    this.patternRow,
    h("div", { class: "lrpw-row" }, h("span", { class: "lrpw-label" }), this.reached),
    this.rule.element,
    this.fields,
    this.wrong,
    h("div", { class: "lrpw-row" }, h("span", { class: "lrpw-label" }), this.apply),
    this.typeset,
    this.source,
  );
  private wanted = "";
  private chosen: readonly string[] = [];
  private listed: Place[] = [];
  private named = AS_PRESET;
  private values: Values = {};
  private known = "";
  private built = "";
  private drawn = "";

  constructor(
    private readonly store: Store,
    private readonly changed: () => void,
  ) {
    this.pattern.addEventListener("input", () => this.changed());
    this.pattern.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.send();
    });
  }

  /** Whether a layer is reached by what would be set now. */
  get reaches(): string | null {
    const place = this.current();
    return place && place.value === PATTERN ? this.pattern.value.trim() : place?.where.length === 1 ? place.where[0] : null;
  }

  focus(): void {
    this.rule.element.querySelector("select")?.focus();
  }

  private current(): Place | undefined {
    return this.listed.find((place) => place.value === this.wanted) ?? this.listed[0];
  }

  update(chosen: readonly string[]): void {
    const layers = readLayers(this.store);
    const forms = readForms(this.store);
    const setup = readSetup(this.store);
    if (chosen.join("\n") !== this.chosen.join("\n")) {
      this.chosen = [...chosen];
      this.wanted = "";
    }
    this.listed = places(layers, chosen, forms.map(({ name }) => name));
    const place = this.current();
    if (!place) return;
    this.place.update(place.value, this.listed);
    this.patternRow.hidden = place.value !== PATTERN;
    const pattern = this.reaches;
    const glob = pattern !== null && (place.value === PATTERN || pattern.includes("*"));
    write(this.reached, glob && pattern ? reach(layers, pattern, setup.changes) : "");
    this.reached.parentElement!.hidden = !this.reached.textContent;
    this.follow(place, layers, setup, forms);
    const name = this.named || this.ruleThere(layers);
    const form = forms.find((each) => each.name === name);
    this.draw(form, place, forms);
  }

  /** What is set there now, whenever that changes, or another place is looked at. */
  private follow(place: Place, layers: readonly Layer[], setup: Setup, forms: readonly Form[]): void {
    const lead = layers.find((layer) => layer.path === this.chosen[0]);
    const now = JSON.stringify([this.chosen, place.value, lead?.data, setup.changes, setup.preset]);
    if (now === this.known || !forms.length) return;
    this.known = now;
    const where = this.reaches ?? place.where.join("\n");
    // A layer without an entry of its own is as the preset says, whatever a wider pattern makes of it.
    const entry = setup.changes.find((change) => change.where === where)?.data;
    const several = place.where.length > 1 && place.where.every((path) => setup.changes.some((change) => change.where === path));
    const data = entry ?? (several ? lead?.data : null);
    this.named = typeof data?.rule === "string" ? data.rule : AS_PRESET;
    this.values = numbers(forms.find((each) => each.name === this.named), data ?? {});
    this.wrong.hidden = true;
    this.built = "";
  }

  private ruleThere(layers: readonly Layer[]): string {
    const data = layers.find((layer) => layer.path === this.chosen[0])?.data;
    return typeof data?.rule === "string" ? data.rule : "";
  }

  private draw(form: Form | undefined, place: Place, forms: readonly Form[]): void {
    const preset = { value: AS_PRESET, label: "as the preset says" };
    const legal = forms.filter(({ name }) => place.legal.includes(name) || name === this.named);
    this.rule.update(this.named, [preset, ...legal.map(({ name }) => ({ value: name, label: name }))]);
    const shown = this.named ? form : undefined;
    const built = JSON.stringify([shown?.name, this.named]);
    if (built !== this.built) {
      this.built = built;
      this.fields.replaceChildren(...(shown?.parameters.map((parameter) => this.field(shown, parameter.name)) ?? []));
    }
    this.apply.disabled = place.value === PATTERN && !this.pattern.value.trim();
    if (form?.name !== this.drawn) {
      this.drawn = form?.name ?? "";
      this.typeset.replaceChildren(...(form ? [equation(form.equation)] : []));
      const words = form ? [form.source, form.note].filter(Boolean).join("; ") : "It has no weights: relevance passes as the preset says.";
      write(this.source, form ? `${form.name}: ${words}.` : words);
    }
  }

  private field(form: Form, name: string): HTMLElement {
    const parameter = form.parameters.find((each) => each.name === name)!;
    const id = uniqueId();
    const value = this.values[name];
    if (parameter.type === "bool") {
      const box = h("input", { id, type: "checkbox" });
      box.checked = value === true;
      box.addEventListener("change", () => this.set(form, name, box.checked));
      return h("div", { class: "lrpw-row", title: parameter.doc }, h("label", { class: "lrpw-label", for: id }, name), box);
    }
    const input = h("input", { id, class: "lrpw-entry lrpw-number", type: "number", step: "any" });
    if (typeof value === "number") input.value = String(value);
    else input.placeholder = "one for each variable";
    if (parameter.low !== null) input.min = String(parameter.low);
    let last = input.value;
    const commit = (): void => {
      if (input.value === last) return;
      last = input.value;
      this.set(form, name, last.trim() === "" ? NaN : Number(last));
    };
    input.addEventListener("change", commit);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") commit();
    });
    const range = parameter.low === null ? "" : `${parameter.above ? ">" : "\u2265"} ${parameter.low}`;
    const said = h("span", { class: "lrpw-muted" }, range);
    return h("div", { class: "lrpw-row", title: parameter.doc }, h("label", { class: "lrpw-label", for: id }, name), input, said);
  }

  private set(form: Form, name: string, value: number | boolean): void {
    const parameter = form.parameters.find((each) => each.name === name)!;
    const bad = typeof value === "number" ? fault(parameter, value) : "";
    this.wrong.hidden = !bad;
    write(this.wrong, bad ? `${bad}: ${parameter.doc}.` : "");
    if (bad) return;
    this.values = withTied(form, { ...this.values, [name]: value }, name);
    const tied = form.parameters.find((each) => each.tied?.[0] === name);
    const fault2 = tied && typeof this.values[tied.name] === "number" ? fault(tied, this.values[tied.name] as number) : "";
    this.wrong.hidden = !fault2;
    write(this.wrong, fault2);
    this.built = "";
    if (!fault2) this.send();
  }

  private chooseRule(name: string): void {
    this.named = name;
    const form = readForms(this.store).find((each) => each.name === name);
    const there = readLayers(this.store).find((layer) => layer.path === this.chosen[0])?.data;
    const usual = Object.fromEntries(form?.parameters.map((each) => [each.name, each.default]) ?? []);
    this.values = numbers(form, there?.rule === name ? there : usual);
    this.wrong.hidden = true;
    if (this.current()?.value !== PATTERN || this.pattern.value.trim()) this.send();
    this.changed();
  }

  private send(): void {
    const place = this.current();
    if (!place) return;
    const where = place.value === PATTERN ? [this.pattern.value.trim()] : place.where;
    if (!where.length || where[0] === undefined || (place.value === PATTERN && !where[0])) return;
    this.store.send?.({ kind: "rule", where, value: this.named || null, values: this.named ? this.values : {} });
  }
}

/** The values of a rule's parameters that are one number, or yes or no. */
function numbers(form: Form | undefined, data: Record<string, unknown>): Values {
  const values: Values = {};
  for (const { name } of form?.parameters ?? []) {
    const value = data[name];
    if (typeof value === "number" || typeof value === "boolean") values[name] = value;
  }
  return values;
}
