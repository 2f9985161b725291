/** The table of keys, laid over the view. */
import { button, h } from "./dom";

export type Keys = readonly (readonly [keys: string, what: string])[];

export class Help {
  private before: HTMLElement | null = null;
  private readonly done = button("Close", "Close (Esc)", () => this.close());
  readonly element: HTMLElement;

  constructor(rows: Keys) {
    this.element = h(
      "div",
      { class: "lrpw-help", role: "dialog", "aria-label": "Keys", hidden: true },
      h("div", { class: "lrpw-help-head" }, h("strong", {}, "Keys"), this.done),
      h("table", {}, ...rows.map(([keys, what]) => h("tr", {}, h("th", { scope: "row" }, keys), h("td", {}, what)))),
    );
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  toggle(): void {
    if (this.open) return this.close();
    this.before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    this.element.hidden = false;
    this.done.focus({ preventScroll: true });
  }

  close(): void {
    this.element.hidden = true;
    this.before?.focus({ preventScroll: true });
  }
}
