/** The numbers beside the curves: a row for each method and removal; choosing a row shows it in the pictures. */
import { h, write } from "../dom";
import { plain } from "../format";
import { colourOf, dashOf } from "./curves";
import { areaUnder, classChange, type Film, type Track } from "./film";

const HEADS = ["Method", "Removed", "Score now", "AUC so far", "AUC", "Class changes"];

interface Row {
  element: HTMLTableRowElement;
  choose: HTMLButtonElement;
  cells: HTMLTableCellElement[];
}

export class Table {
  private readonly body = h("tbody");
  readonly element = h(
    "table",
    { class: "lrpw-tracks" },
    h("thead", {}, h("tr", {}, ...HEADS.map((head) => h("th", { scope: "col" }, head)))),
    this.body,
  );
  private rows: Row[] = [];
  private film: Film | null = null;
  private kind = "";

  constructor(private readonly choose: (track: Track) => void) {}

  update(film: Film, shown: Track, step: number, kind: string): void {
    if (this.rows.length !== film.tracks.length) this.arrange(film.tracks.length);
    const fresh = film !== this.film || kind !== this.kind;
    this.film = film;
    this.kind = kind;
    film.tracks.forEach((track, i) => {
      const { choose, cells, element } = this.rows[i];
      const scores = track.scores.get(kind) ?? new Float64Array(track.steps + 1).fill(Number.NaN);
      const known = Math.min(step, track.steps);
      element.classList.toggle("lrpw-chosen", track === shown);
      choose.setAttribute("aria-pressed", String(track === shown));
      write(cells[2], known < step ? "\u2013" : plain(scores[known], 4));
      write(cells[3], plain(areaUnder(scores, known), 4));
      if (!fresh) return;
      const change = classChange(track);
      write(choose, track.method);
      write(cells[1], track.removal);
      write(cells[4], track.steps < film.total ? `${track.steps} of ${film.total} steps` : plain(areaUnder(scores, track.steps), 4));
      write(cells[5], change === null ? "\u2013" : `step ${change}, to ${film.classes.get(track.top[change]) ?? track.top[change]}`);
      const line = element.querySelector("path");
      line?.setAttribute("stroke", colourOf(film, track));
      line?.setAttribute("stroke-dasharray", dashOf(film, track));
    });
  }

  private arrange(count: number): void {
    this.film = null;
    this.rows = Array.from({ length: count }, (_, i) => {
      const choose = h("button", { class: "lrpw-track", type: "button", title: "Show this order in the pictures" });
      const swatch = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      swatch.setAttribute("width", "28");
      swatch.setAttribute("height", "8");
      swatch.setAttribute("aria-hidden", "true");
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("d", "M0 4H28");
      line.setAttribute("class", "lrpw-curve lrpw-chosen");
      swatch.append(line);
      const cells = HEADS.map((_head, at) => (at === 0 ? h("td", {}, swatch, choose) : h("td")));
      const element = h("tr", {}, ...cells);
      element.addEventListener("click", () => this.film && this.choose(this.film.tracks[i]));
      return { element, choose, cells };
    });
    this.body.replaceChildren(...this.rows.map((row) => row.element));
  }
}
