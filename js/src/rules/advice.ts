/** What sections 6.1 and 6.2 recommend against what the model is made of. */
import { h, write } from "../dom";
import type { Finding } from "./wire";

const SHOWN = 8;

export class AdviceList {
  private readonly summary = h("summary", {}, "Advice");
  private readonly list = h("ul", {});
  readonly element = h("details", { class: "lrpw-section lrpw-advice" }, this.summary, this.list);
  private drawn: Finding[] | null | undefined;

  constructor(private readonly choose: (path: string) => void) {}

  update(findings: Finding[] | null, known: ReadonlySet<string>): void {
    if (findings === this.drawn) return;
    this.drawn = findings;
    write(this.summary, findings ? `Advice on the model and its rules: ${findings.length || "nothing found"}` : "Advice: looking at the model");
    const nothing = "Nothing was found against sections 6.1 and 6.2: start with deep-taylor.";
    const items = (findings ?? []).map((one) => {
      const places = one.where.slice(0, SHOWN).map((path) => {
        if (!known.has(path)) return h("span", {}, path);
        const link = h("button", { class: "lrpw-link", type: "button", title: `Choose ${path}` }, path);
        link.addEventListener("click", () => this.choose(path));
        return link;
      });
      const more = one.where.length > SHOWN ? [`and ${one.where.length - SHOWN} more`] : [];
      return h(
        "li",
        { class: `lrpw-${one.severity}` },
        h("div", {}, h("strong", {}, `${one.topic} (${one.severity}, section ${one.section})`)),
        h("div", {}, `${one.found}.`),
        h("div", {}, `\u2192 ${one.do}.`),
        h("div", { class: "lrpw-where" }, ...places, ...more),
      );
    });
    this.list.replaceChildren(...(findings?.length === 0 ? [h("li", {}, nothing)] : items));
  }
}
