/** The table of keys, laid over the view. */
import { button, h } from "./dom";

const ROWS: readonly [keys: string, what: string][] = [
  ["hover", "read position, relevance and pixel"],
  ["click", "pin the cursor"],
  ["arrows, Shift + arrows", "move the cursor by 1, by 10"],
  ["wheel", "zoom at the pointer (after a click here, or with Ctrl)"],
  ["drag", "pan"],
  ["double click, 0", "show the whole picture"],
  ["+  -", "zoom in, out"],
  ["[  ]", "limit down, up"],
  ["\\", "limit back to automatic"],
  [",  .", "opacity down, up"],
  ["v", "next layout"],
  ["m", "next colour map"],
  ["p", "pixelated or smooth"],
  ["Esc", "close this, remove the cursor"],
  ["?", "this table"],
];

export class Help {
  private before: HTMLElement | null = null;
  private readonly done = button("Close", "Close (Esc)", () => this.close());
  readonly element = h(
    "div",
    { class: "lrpw-help", role: "dialog", "aria-label": "Keys", hidden: true },
    h("div", { class: "lrpw-help-head" }, h("strong", {}, "Keys"), this.done),
    h(
      "table",
      {},
      ...ROWS.map(([keys, what]) => h("tr", {}, h("th", { scope: "row" }, keys), h("td", {}, what))),
    ),
  );

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
