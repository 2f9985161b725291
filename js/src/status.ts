/** What the kernel is doing and what went wrong, in the view, with the last good picture still there. */
import { h, write } from "./dom";
import { clamp } from "./geometry";
import type { Store } from "./store";

/** Work shorter than this does not show: flicker tells nobody anything. */
const PATIENCE_MS = 150;

export class Status {
  private readonly line = h("div", { class: "lrpw-progress-part" });
  readonly progress = h("div", { class: "lrpw-progress", role: "progressbar", "aria-label": "Working" }, this.line);
  private readonly stop = h("button", { class: "lrpw-button lrpw-stop", type: "button", title: "Stop the work" }, "Stop");
  private readonly sentence = h("span");
  private readonly details = h("pre");
  private readonly more = h("details", {}, h("summary", {}, "Details"), this.details);
  private readonly error = h("div", { class: "lrpw-error", role: "alert", hidden: true }, this.sentence, this.more);
  private readonly empty = h("div", { class: "lrpw-empty", hidden: true });
  readonly element = h("div", { class: "lrpw-status" }, this.error, this.empty);
  private timer = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly store: Store,
  ) {
    this.stop.addEventListener("click", () => store.send?.({ kind: "stop" }));
    this.progress.append(this.stop);
  }

  /** `problem`: what the view itself found wrong; `shown`: whether it shows something; `hint`: what to do if not. */
  update(problem: string, shown: boolean, hint: string): void {
    const { store, root } = this;
    const busy = store.get("status") === "busy";
    if (busy && !this.timer) {
      this.timer = window.setTimeout(() => root.classList.add("lrpw-busy"), PATIENCE_MS);
    } else if (!busy && this.timer) {
      this.dispose();
      root.classList.remove("lrpw-busy");
    }
    root.setAttribute("aria-busy", String(busy));
    const part = store.get("progress");
    const known = typeof part === "number" && Number.isFinite(part);
    this.progress.classList.toggle("lrpw-unknown", !known);
    this.line.style.width = known ? `${100 * clamp(part, 0, 1)}%` : "";
    if (known) this.progress.setAttribute("aria-valuenow", String(Math.round(100 * clamp(part, 0, 1))));
    else this.progress.removeAttribute("aria-valuenow");
    this.stop.hidden = !store.send;

    const told = store.get("error");
    const text = problem || (typeof told === "string" ? told : "");
    const [first, ...rest] = text.trim().split("\n");
    this.error.hidden = !first;
    write(this.sentence, first);
    this.more.hidden = rest.length === 0;
    write(this.details, rest.join("\n"));
    this.empty.hidden = shown || !!first;
    write(this.empty, busy ? "Computing the first picture." : hint);
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
  }
}
