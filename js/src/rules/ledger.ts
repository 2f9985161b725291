/** The ledger: for each layer what came in and where it went, as a bar and as numbers that add up. */
import { h, write } from "../dom";
import { decimals, fixed, PARTS, type Part, reachOf, segments, totals } from "./numbers";
import type { Account } from "./wire";

export const WORDS: Record<Part, string> = { outgoing: "out", bias: "to bias", stabilizer: "to stabilizer", stopped: "stopped" };
const MEANING: Record<Part, string> = {
  outgoing: "relevance that goes on to the layer below",
  bias: "relevance that the bias takes",
  stabilizer: "relevance that the stabilizer epsilon takes",
  stopped: "relevance at units that the rule sends nothing on from; negative: added by a rule that does not conserve",
};

export class LedgerTable {
  private readonly sums = h("div", { class: "lrpw-ledger-sums", role: "status" });
  private readonly body = h("tbody");
  private readonly table = h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "layer"),
        h("th", { scope: "col", class: "lrpw-ledger-rule" }, "rule"),
        h("th", { scope: "col" }, "where it went"),
        h("th", { scope: "col", class: "lrpw-figure" }, "in"),
        ...PARTS.map((part) =>
          h("th", { scope: "col", class: "lrpw-figure", title: MEANING[part] }, h("span", { class: `lrpw-key lrpw-part-${part}` }), WORDS[part]),
        ),
      ),
    ),
    this.body,
  );
  private readonly empty = h("div", { class: "lrpw-muted" });
  private readonly scroll = h("div", { class: "lrpw-ledger-scroll" }, this.table);
  readonly element = h(
    "section",
    { class: "lrpw-ledger", "aria-label": "Ledger" },
    h("div", { class: "lrpw-heading" }, h("strong", {}, "Ledger"), this.sums),
    this.scroll,
    this.empty,
  );
  private drawn: Account | null = null;

  constructor(private readonly choose: (path: string) => void) {}

  /** `fresh`: whether it belongs to the map on the screen; `known`: paths that can be chosen. */
  update(account: Account | null, fresh: boolean, chosen: string, known: ReadonlySet<string>): void {
    this.element.classList.toggle("lrpw-stale", !fresh);
    this.element.setAttribute("aria-busy", String(!fresh));
    this.scroll.hidden = !account;
    this.empty.hidden = !!account;
    write(this.empty, fresh ? "This method keeps no ledger." : "Counting where the relevance went.");
    if (account !== this.drawn) this.draw(account, known);
    this.drawn = account;
    for (const row of this.body.rows) row.classList.toggle("lrpw-chosen", row.dataset.layer === chosen);
  }

  private draw(account: Account | null, known: ReadonlySet<string>): void {
    if (!account) return this.body.replaceChildren();
    const places = decimals(account);
    const number = (value: number, name: string): HTMLElement =>
      h("td", { class: "lrpw-figure", "data-name": name }, fixed(value, places));
    const reach = reachOf(account.rows);
    const rows = account.rows.map((row) => {
      const layer = known.has(row.path) ? row.path : row.path.replace(/ \(\d+\)$/, "");
      const name: HTMLElement = known.has(layer)
        ? h("button", { class: "lrpw-link", type: "button", title: `Choose ${layer}` }, row.path)
        : h("span", { title: row.path }, row.path);
      if (known.has(layer)) name.addEventListener("click", () => this.choose(layer));
      const bar = h("div", { class: "lrpw-flow", role: "img", "aria-label": PARTS.map((part) => `${WORDS[part]} ${fixed(row[part], places)}`).join(", ") });
      for (const { part, left, width } of segments(row, reach)) {
        const segment = h("span", { class: `lrpw-part-${part}`, title: `${WORDS[part]} ${fixed(row[part], places)}` });
        segment.style.left = `${100 * left}%`;
        segment.style.width = `${100 * width}%`;
        bar.append(segment);
      }
      const line = h(
        "tr",
        { "data-layer": layer },
        h("th", { scope: "row" }, name),
        h("td", { class: "lrpw-ledger-rule", title: row.rule }, row.rule),
        h("td", { class: "lrpw-flow-cell" }, bar),
        number(row.incoming, "in"),
        ...PARTS.map((part) => number(row[part], WORDS[part])),
      );
      return line;
    });
    this.body.replaceChildren(...rows);
    const all = totals(account);
    const parts = [`sum R ${fixed(account.end, places)}`];
    for (const part of ["bias", "stabilizer", "stopped"] as const) parts.push(`${WORDS[part]} ${fixed(all[part], places)}`);
    if (Number(all.unaccounted.toFixed(places)) !== 0) parts.push(`rounding ${fixed(all.unaccounted, places)}`);
    const many = account.samples > 1 ? ` (${account.samples} samples together)` : "";
    write(this.sums, `score ${fixed(account.start, places)} = ${parts.join(" + ")}${many}`);
  }
}
