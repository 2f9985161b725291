/** One tile: a picture, what it was taken for, and the number by which one sorts. It is used again for others. */
import { h, uniqueId, write } from "../dom";
import { type Facts, measured, spoken, verdict } from "./facts";

/** Pixels a side up to which a picture is shown as squares. */
const SQUARES = 64;

export class Tile {
  readonly id = uniqueId();
  private readonly image = h("img", { alt: "", draggable: "false", hidden: true });
  private readonly name = h("span", { class: "lrpw-tile-name" });
  private readonly cross = h("span", { class: "lrpw-tile-cross", hidden: true, "aria-hidden": "true" }, "\u00d7");
  private readonly words = h("div", { class: "lrpw-tile-words" });
  private readonly number = h("div", { class: "lrpw-tile-number" });
  readonly element = h(
    "div",
    { class: "lrpw-tile", role: "option", id: this.id },
    h("div", { class: "lrpw-tile-picture" }, this.image, this.name, this.cross),
    this.words,
    this.number,
  );
  index = -1;

  constructor() {
    // As everywhere, small inputs are squares and photos smooth.
    this.image.addEventListener("load", () => this.image.classList.toggle("lrpw-squares", this.image.naturalWidth <= SQUARES));
  }

  private where = "";
  private shown = "";
  private said: Facts | undefined;
  private sort = "";

  move(x: number, y: number): void {
    const where = `translate(${x}px, ${y}px)`;
    if (where !== this.where) this.element.style.transform = this.where = where;
  }

  mark(position: number, count: number, chosen: boolean, cursor: boolean): void {
    const set = (name: string, value: string): void => {
      if (this.element.getAttribute(name) !== value) this.element.setAttribute(name, value);
    };
    set("aria-posinset", String(position + 1));
    set("aria-setsize", String(count));
    set("aria-selected", String(chosen));
    this.element.classList.toggle("lrpw-cursor", cursor);
  }

  write(index: number, facts: Facts | undefined, url: string | undefined, sort: string): void {
    if (index !== this.index) {
      this.index = index;
      this.element.dataset.index = String(index);
    } else if (facts === this.said && sort === this.sort && (url ?? "") === this.shown) {
      return;
    }
    this.said = facts;
    this.sort = sort;
    if ((url ?? "") !== this.shown) {
      this.shown = url ?? "";
      if (url) this.image.src = url;
      else this.image.removeAttribute("src");
      this.image.hidden = !url;
    }
    const named = facts !== undefined && url === "";
    this.name.hidden = !named;
    write(this.name, named ? facts.title : "");
    this.cross.hidden = !facts?.wrong;
    this.element.classList.toggle("lrpw-wrong", !!facts?.wrong);
    this.element.classList.toggle("lrpw-waiting", url === undefined);
    write(this.words, facts ? verdict(facts) : "");
    write(this.number, facts ? measured(facts, sort) : "");
    const sentence = facts ? spoken(facts, sort) : `input ${index}`;
    this.element.setAttribute("aria-label", sentence);
    this.element.title = sentence;
  }
}
