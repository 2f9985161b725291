/** What was asked and whether the numbers add up: the target, its score, and the sum of relevance beside it. */
import { h, write } from "../dom";
import type { View } from "./view";

export class Caption {
  private readonly target = h("div", { class: "lrpw-target" });
  private readonly sums = h("div", { class: "lrpw-sums" });
  private readonly how = h("div", { class: "lrpw-sums" });
  private readonly remarks = h("div", { class: "lrpw-sums" });
  readonly element = h("div", { class: "lrpw-caption" }, this.target, this.sums, this.how, this.remarks);

  update(view: View): void {
    const value = view.store.get("_caption");
    const caption = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    const minus = text(caption.minus);
    const target = text(caption.target);
    write(this.target, minus ? `${target} \u2212 ${minus}` : target);
    this.target.title = this.target.textContent;
    write(this.sums, text(caption.sums));
    write(this.how, [text(caption.method), text(caption.rules)].filter(Boolean).join(", "));
    write(this.remarks, [text(caption.reduced), text(caption.note)].filter(Boolean).join(". "));
  }

  /** For the label of the picture. */
  sentence(): string {
    return this.target.textContent ? `Relevance for ${this.target.textContent}` : "Relevance";
  }
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 300) : "";
}
