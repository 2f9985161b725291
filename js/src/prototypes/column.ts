/** One expert's search: its pictures, their numbers, a slider over its frames. */
import { button, h, uniqueId, write } from "../dom";
import type { Store } from "../store";
import { Numbers, Pictures } from "./pictures";
import { askedNumber, brief, type Column, type Film, frameAt, putAt, told } from "./state";

export class ColumnView {
  private readonly name = h("div", { class: "lrpw-strong lrpw-proto-name" });
  private readonly expert = h("div", { class: "lrpw-muted lrpw-proto-expert" });
  private readonly pictures = new Pictures(() => this.redraw());
  private readonly numbers = new Numbers();
  private readonly state = h("div", { class: "lrpw-muted lrpw-proto-state" });
  private readonly notes = h("div", { class: "lrpw-muted lrpw-proto-notes" });
  private readonly error = h("div", { class: "lrpw-error", role: "alert", hidden: true });
  private readonly slider: HTMLInputElement;
  private readonly scrub: HTMLElement;
  private readonly keep: HTMLButtonElement;
  readonly element: HTMLElement;
  private column: Column | null = null;
  private shown: { film: Film; place: number } | null = null;

  constructor(
    private readonly store: Store,
    private readonly redraw: () => void,
  ) {
    const id = uniqueId();
    this.slider = h("input", { id, class: "lrpw-slider", type: "range", min: 0, max: 0, step: 1 });
    this.slider.addEventListener("input", () => this.put());
    this.slider.addEventListener("change", () => store.commit());
    const label = h("label", { class: "lrpw-muted", for: id }, "Frame");
    this.keep = button("Keep", "Keep this prototype as a card", () => this.pin());
    this.scrub = h("div", { class: "lrpw-row", title: "Any frame on the way" }, label, this.slider, this.keep);
    this.element = h(
      "section",
      { class: "lrpw-proto-column" },
      this.name, this.expert, this.pictures.element, this.numbers.element, this.state, this.scrub, this.error, this.notes,
    );
  }

  update(column: Column, live: Film): void {
    this.column = column;
    const onAir = column.running && live.frames > 0;
    const film = onAir ? live : column.film;
    const place = onAir ? 0 : frameAt(film.numbers, askedNumber(this.store, column.name));
    this.shown = film.frames ? { film, place } : null;
    write(this.name, column.name);
    this.element.setAttribute("aria-label", column.name);
    write(this.expert, column.weight === null ? column.expert : `${column.expert}, weight ${brief(column.weight)}`);
    this.error.hidden = !column.error;
    write(this.error, column.error);
    write(this.notes, [film.note, ...column.notes].filter(Boolean).join("; "));
    for (const part of [this.pictures.element, this.numbers.element, this.state, this.scrub]) part.hidden = !this.shown;
    this.element.dataset.running = String(column.running);
    if (!this.shown) return;
    this.pictures.draw(film, place, column.labels);
    const row = this.pictures.row;
    this.numbers.update([["target", column.labels[row] ?? ""], ...told(film.facts[place]?.[row] ?? [null, null, null, null])]);
    const number = film.numbers[place];
    this.element.dataset.step = String(number);
    const all = column.film.numbers.at(-1) ?? 0;
    write(this.state, column.running ? `step ${number}, searching` : `step ${number} of ${all}, ${ending(column.ended[row])}`);
    this.slider.max = String(Math.max(0, column.film.numbers.length - 1));
    this.slider.disabled = column.running || column.film.numbers.length < 2;
    const at = column.running ? column.film.numbers.length - 1 : place;
    if (this.slider.valueAsNumber !== at) this.slider.valueAsNumber = at;
    const span = Number(this.slider.max);
    this.slider.style.setProperty("--lrpw-part", `${span ? (100 * at) / span : 100}%`);
    this.slider.setAttribute("aria-valuetext", `step ${number}`);
  }

  private put(): void {
    if (!this.column) return;
    const { name, film } = this.column;
    this.store.set("at", putAt(this.store, name, film.numbers, this.slider.valueAsNumber));
    this.redraw();
  }

  private pin(): void {
    if (!this.column || !this.shown) return;
    const number = this.shown.film.numbers[this.shown.place];
    this.store.send?.({ kind: "keep", name: this.column.name, row: this.pictures.row, number });
  }
}

/** Why a search no longer moves, in words. */
export function ending(why: string | undefined): string {
  const words: Record<string, string> = {
    steps: "no more steps",
    flat: "no gradient where it began",
    until: "certain enough",
  };
  return why === undefined ? "" : (words[why] ?? why);
}
