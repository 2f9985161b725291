/** The regions as rows: colour, name, net relevance and share, and a bar of what speaks for and against. */
import { button, h, uniqueId, write } from "../dom";
import { signed } from "../format";
import type { Share } from "./sums";

/** What a row shows; rows without `edits` are the context, what was counted twice, and the sum. */
export interface Line {
  name: string;
  colour: string;
  share: Share;
  part: number;
  chosen: boolean;
  edits: boolean;
}

export interface Edits {
  choose(name: string): void;
  rename(name: string, wanted: string): void;
  recolour(name: string, colour: string, done: boolean): void;
  move(name: string, by: number): void;
  remove(name: string): void;
}

class Row {
  name = "";
  private readonly colour = h("input", { type: "color", class: "lrpw-region-colour", title: "Colour" });
  private readonly swatch = h("span", { class: "lrpw-region-colour" });
  private readonly text = h("input", { type: "text", class: "lrpw-region-name", title: "Name", maxlength: 80 });
  private readonly words = h("span", { class: "lrpw-region-name" });
  private readonly radio: HTMLInputElement;
  private readonly net = h("span", { class: "lrpw-value" });
  private readonly part = h("span", { class: "lrpw-value lrpw-region-part" });
  private readonly against = h("span", { class: "lrpw-against" });
  private readonly forIt = h("span", { class: "lrpw-for" });
  private readonly zero = h("span", { class: "lrpw-zero" });
  private readonly bar = h("div", { class: "lrpw-region-bar" }, this.against, this.forIt, this.zero);
  private readonly buttons: HTMLElement;
  readonly element: HTMLElement;

  constructor(group: string, edits: Edits) {
    this.radio = h("input", { type: "radio", name: group, class: "lrpw-region-radio" });
    this.radio.addEventListener("change", () => edits.choose(this.name));
    this.text.addEventListener("change", () => edits.rename(this.name, this.text.value));
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.text.value = this.name;
      if (event.key === "Enter" || event.key === "Escape") this.text.blur();
    });
    this.colour.addEventListener("input", () => edits.recolour(this.name, this.colour.value, false));
    this.colour.addEventListener("change", () => edits.recolour(this.name, this.colour.value, true));
    const up = button("\u2191", "Move up", () => edits.move(this.name, -1));
    const down = button("\u2193", "Move down", () => edits.move(this.name, 1));
    const remove = button("\u00d7", "Delete (Del)", () => edits.remove(this.name));
    this.buttons = h("span", { class: "lrpw-region-buttons" }, up, down, remove);
    const first = h("div", { class: "lrpw-region-line" }, this.radio, this.colour, this.swatch, this.text, this.words);
    const last = h("div", { class: "lrpw-region-line" }, this.bar, this.net, this.part);
    first.append(this.buttons);
    this.element = h("li", { class: "lrpw-region" }, first, last);
  }

  update(line: Line, scale: { against: number; all: number }): void {
    this.name = line.name;
    const { edits, share } = line;
    for (const part of [this.radio, this.colour, this.text, this.buttons]) part.hidden = !edits;
    for (const part of [this.swatch, this.words]) part.hidden = edits;
    this.element.classList.toggle("lrpw-chosen", line.chosen);
    this.element.dataset.region = line.name;
    this.element.dataset.net = String(share.net);
    this.radio.checked = line.chosen;
    this.radio.setAttribute("aria-label", `Change ${line.name}`);
    this.radio.title = "Brush, eraser and superpixels change this region";
    this.text.setAttribute("aria-label", `Name of ${line.name}`);
    this.colour.setAttribute("aria-label", `Colour of ${line.name}`);
    if (this.text !== document.activeElement && this.text.value !== line.name) this.text.value = line.name;
    if (this.colour.value !== line.colour && edits) this.colour.value = line.colour;
    this.swatch.style.background = line.colour;
    write(this.words, line.name);
    write(this.net, signed(share.net));
    write(this.part, Number.isFinite(line.part) ? `${(100 * line.part).toFixed(1)} %` : "");
    this.element.title = `for ${signed(share.positive)}, against ${signed(share.negative)}, ${share.size} pixels`;
    const percent = (amount: number): string => `${scale.all > 0 ? (100 * amount) / scale.all : 0}%`;
    const left = scale.against;
    this.against.style.left = percent(left + Math.min(0, share.negative));
    this.against.style.width = percent(Math.max(0, -share.negative));
    this.forIt.style.left = percent(left);
    this.forIt.style.width = percent(Math.max(0, share.positive));
    this.zero.style.left = percent(left + share.net);
    // What is no place has no bar.
    this.bar.hidden = line.colour === "transparent";
    this.element.classList.toggle("lrpw-plain", this.bar.hidden);
  }
}

export class Table {
  private readonly group = uniqueId();
  private readonly rows: Row[] = [];
  readonly element = h("ul", { class: "lrpw-region-list", "aria-label": "Regions" });

  constructor(private readonly edits: Edits) {}

  update(lines: readonly Line[]): void {
    while (this.rows.length < lines.length) {
      const row = new Row(this.group, this.edits);
      this.rows.push(row);
      this.element.append(row.element);
    }
    while (this.rows.length > lines.length) this.rows.pop()?.element.remove();
    const barred = lines.filter((line) => line.edits || line.name === "context");
    const against = Math.max(0, ...barred.map(({ share }) => -share.negative));
    const scale = { against, all: against + Math.max(0, ...barred.map(({ share }) => share.positive)) };
    lines.forEach((line, i) => this.rows[i].update(line, scale));
  }
}
