/** Select rules by pixel-flipping: which candidates, how far it is, the ranking so far, and using one of them. */
import { button, h, uniqueId, write } from "../dom";
import { plain } from "../format";
import { type Numbers, readSelection, readSetup, type Selection } from "./wire";
import type { Store } from "../store";

export class Selecting {
  private readonly boxes = h("div", { class: "lrpw-boxes-list", role: "group", "aria-label": "Candidates" });
  private readonly patchId = uniqueId();
  private readonly patch = h("input", { id: this.patchId, class: "lrpw-entry lrpw-number", type: "number", min: 1, step: 1 });
  private readonly patchRow = h(
    "div",
    { class: "lrpw-row", title: "Side of the patches that are flipped, in pixels" },
    h("label", { for: this.patchId }, "patch"),
    this.patch,
    h("span", { class: "lrpw-muted" }, "pixels a side"),
  );
  private readonly rectifyId = uniqueId();
  private readonly rectify = h("input", { id: this.rectifyId, type: "checkbox" });
  private readonly start = button("Select by pixel-flipping", "Rank the candidates by the area under their flipping curves", () => this.run());
  private readonly halt = button("Stop", "Stop; the ranking so far stays", () => this.store.send?.({ kind: "stop-selection" }));
  private readonly line = h("div", { class: "lrpw-selection-part" });
  private readonly bar = h("div", { class: "lrpw-selection-bar", role: "progressbar", "aria-label": "Pixel-flipping", "aria-valuemin": 0, "aria-valuemax": 100 }, this.line);
  private readonly far = h("span", { class: "lrpw-muted", role: "status" });
  private readonly body = h("tbody");
  private readonly table = h(
    "table",
    { class: "lrpw-ranking" },
    h("thead", {}, h("tr", {}, ...["candidate", "area under the curve", "behind the best", ""].map((text) => h("th", { scope: "col" }, text)))),
    this.body,
  );
  private readonly refused = h("div", { class: "lrpw-muted" });
  private readonly data = h("p", { class: "lrpw-muted" });
  private readonly summary = h("summary", {}, "Select by pixel-flipping");
  readonly element = h(
    "details",
    { class: "lrpw-section lrpw-selecting" },
    this.summary,
    this.data,
    this.boxes,
    h("div", { class: "lrpw-buttons" }, this.patchRow, h("label", { class: "lrpw-rules-check" }, this.rectify, "area under max(f, 0)"), h("span", { class: "lrpw-space" }), this.start),
    h("div", { class: "lrpw-buttons" }, this.bar, this.halt, this.far),
    this.table,
    this.refused,
  );
  private names = "";
  private ranked = "";
  private touched = false;

  constructor(private readonly store: Store) {
    this.patch.addEventListener("input", () => (this.touched = true));
  }

  update(): void {
    const found = readSelection(this.store);
    const setup = readSetup(this.store);
    this.list(setup.presets.map(({ name }) => name), setup.preset, found.candidates);
    write(
      this.data,
      found.given
        ? "The input is flipped patch by patch, the most relevant first; the lower the area under the score, the better the rules (sections 6.2 and 7.2)."
        : "No data was given, so the traced input itself is flipped; give data= for a ranking with intervals.",
    );
    this.patchRow.hidden = found.patch === null;
    if (!this.touched && found.patch !== null && !this.patch.value) this.patch.value = String(found.patch);
    this.start.disabled = found.running || !this.store.send;
    this.halt.hidden = this.bar.hidden = !found.running;
    const part = Math.round(100 * Math.max(0, Math.min(1, found.part || 0)));
    this.line.style.width = `${part}%`;
    this.bar.setAttribute("aria-valuenow", String(part));
    write(this.far, said(found, part));
    this.rank(found);
  }

  private list(presets: readonly string[], current: string, usual: readonly string[]): void {
    const names = presets.includes(current) || !current ? presets : [current, ...presets];
    const key = JSON.stringify(names);
    if (key === this.names || !names.length) return;
    const before = this.names ? new Set(this.checked()) : new Set(usual);
    this.names = key;
    this.boxes.replaceChildren(
      ...names.map((name) => {
        const box = h("input", { type: "checkbox", value: name });
        box.checked = before.has(name) || (name === current && !presets.includes(name));
        return h("label", { class: "lrpw-rules-check" }, box, name);
      }),
    );
  }

  private checked(): string[] {
    return [...this.boxes.querySelectorAll("input")].filter((box) => box.checked).map((box) => box.value);
  }

  private run(): void {
    const patch = Number(this.patch.value);
    const asked = { kind: "select", candidates: this.checked(), rectify: this.rectify.checked };
    this.store.send?.(Number.isInteger(patch) && patch > 0 && !this.patchRow.hidden ? { ...asked, patch } : asked);
  }

  private rank(found: Selection): void {
    const ranked = JSON.stringify([found.ranking, found.refused]);
    this.table.hidden = !found.ranking.length;
    if (ranked === this.ranked) return;
    this.ranked = ranked;
    this.body.replaceChildren(
      ...found.ranking.map(({ name, auc, behind, tied }, place) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, name),
          h("td", {}, interval(auc)),
          h("td", {}, place === 0 ? "the best" : `${interval(behind)}${tied ? ", not told apart" : ""}`),
          h("td", {}, button("Use it", `Use ${name}`, () => this.store.send?.({ kind: "use", value: name }))),
        ),
      ),
    );
    this.refused.replaceChildren(...found.refused.map(({ name, why }) => h("div", {}, `Left out: ${name}. ${why}`)));
  }
}

function said(found: Selection, part: number): string {
  const done = `${found.done} of ${found.total} inputs`;
  if (found.running) return `${part} %, ${done}`;
  if (found.stopped) return found.done ? `Stopped after ${done}.` : "Stopped before the first input was finished.";
  return found.total ? `${done}.` : "";
}

function interval([value, low, high]: Numbers): string {
  const number = (each: number | null): string => (each === null ? "?" : plain(each, 4).replace("-", "\u2212"));
  return low === null || high === null ? number(value) : `${number(value)} [${number(low)}, ${number(high)}]`;
}
