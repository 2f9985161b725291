/** The setup as Python and as JSON, to be copied, and JSON to be read again. */
import { button, h, write } from "../dom";
import type { Store } from "../store";

export class SetupText {
  private readonly code = h("pre", { class: "lrpw-code-text", tabindex: 0, "aria-label": "Python that makes this view" });
  private readonly json = h("textarea", { class: "lrpw-json", spellcheck: false, rows: 8, "aria-label": "Setup as JSON" });
  private readonly told = h("span", { class: "lrpw-muted", role: "status" });
  readonly element = h(
    "details",
    { class: "lrpw-section lrpw-setup" },
    h("summary", {}, "Setup as Python and JSON"),
    this.code,
    h("div", { class: "lrpw-buttons" }, button("Copy Python", "Copy the Python", () => void this.copy(this.code.textContent ?? ""))),
    this.json,
    h(
      "div",
      { class: "lrpw-buttons" },
      button("Use this JSON", "Read the setup from this text", () => this.store.send?.({ kind: "setup", value: this.json.value })),
      button("Copy JSON", "Copy the JSON", () => void this.copy(this.json.value)),
      this.told,
    ),
  );
  private drawn: unknown;

  constructor(private readonly store: Store) {}

  update(): void {
    const text = this.store.get("_code");
    write(this.code, typeof text === "string" ? text : "");
    const setup = this.store.get("setup");
    const now = JSON.stringify(setup);
    if (now === this.drawn) return; // what somebody is writing stays until the rules change
    this.drawn = now;
    this.json.value = JSON.stringify(setup, null, 1);
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      write(this.told, "Copied.");
    } catch {
      write(this.told, "The browser does not let this page copy: mark the text and copy it by hand.");
    }
  }
}
