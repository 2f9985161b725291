/** What was kept: cards side by side, each with its name, its numbers and its code. */
import { button, h } from "../dom";
import type { Store } from "../store";
import { paint } from "./pictures";
import type { Card } from "./state";

export class Cards {
  private readonly list = h("div", { class: "lrpw-proto-cards" });
  readonly element = h(
    "section",
    { "aria-label": "Kept", hidden: true },
    h("h4", { class: "lrpw-proto-heading" }, "Kept"), this.list,
  );

  constructor(private readonly store: Store) {}

  update(cards: readonly Card[]): void {
    const inputs = [...this.list.querySelectorAll("input")];
    const focused = inputs.findIndex((input) => input.closest(".lrpw-proto-card")?.contains(document.activeElement));
    this.element.hidden = cards.length === 0;
    this.list.replaceChildren(...cards.map((card) => this.make(card)));
    if (focused >= 0) {
      const left = [...this.list.querySelectorAll("input")];
      left[Math.min(focused, left.length - 1)]?.focus({ preventScroll: true });
    }
  }

  private make(card: Card): HTMLElement {
    const canvas = h("canvas", { class: "lrpw-proto-canvas", role: "img", "aria-label": `Prototype ${card.name}` });
    if (card.film.frames) paint(canvas, card.film, 0, 0);
    const name = h("input", { class: "lrpw-proto-rename", type: "text", "aria-label": "Name of the card", maxlength: 80 });
    name.value = card.name;
    name.addEventListener("change", () => this.store.send?.({ kind: "rename", name: card.name, new: name.value }));
    name.addEventListener("keydown", (event) => {
      if (event.key === "Escape") name.value = card.name;
      if (event.key === "Enter" || event.key === "Escape") name.blur();
    });
    const code = h("pre", { class: "lrpw-proto-code", hidden: true, tabindex: 0 }, card.code);
    const show = button("</>", `The Python that makes ${card.name}`, () => {
      code.hidden = !code.hidden;
      show.setAttribute("aria-expanded", String(!code.hidden));
    });
    show.setAttribute("aria-expanded", "false");
    const remove = button("Remove", `Remove ${card.name}`, () => this.store.send?.({ kind: "remove", name: card.name }));
    return h(
      "article",
      { class: "lrpw-proto-card", "aria-label": card.name },
      canvas, name,
      h("div", { class: "lrpw-proto-lines" }, ...card.facts.map((fact) => h("div", {}, fact))),
      h("div", { class: "lrpw-muted" }, card.recipe),
      h("div", { class: "lrpw-buttons" }, show, remove), code,
    );
  }
}
