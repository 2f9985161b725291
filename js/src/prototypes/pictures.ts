/** The pictures of one frame: a button for each of the batch, one of them chosen. */
import { h } from "../dom";
import { type Film, rgba } from "./state";

const PIXELATED_UP_TO = 64;

export function paint(canvas: HTMLCanvasElement, film: Film, frame: number, row: number): void {
  if (canvas.width !== film.width) canvas.width = film.width;
  if (canvas.height !== film.height) canvas.height = film.height;
  canvas.classList.toggle("lrpw-squares", Math.max(film.width, film.height) <= PIXELATED_UP_TO);
  canvas.getContext("2d")?.putImageData(new ImageData(rgba(film, frame, row), film.width, film.height), 0, 0);
}

export class Pictures {
  readonly element = h("div", { class: "lrpw-proto-pictures", role: "group", "aria-label": "Prototypes" });
  row = 0;
  private canvases: HTMLCanvasElement[] = [];

  constructor(private readonly chosen: () => void) {}

  draw(film: Film, frame: number, labels: readonly string[]): void {
    if (this.canvases.length !== film.batch) this.make(film.batch);
    this.row = Math.min(this.row, Math.max(0, film.batch - 1));
    this.element.classList.toggle("lrpw-several", film.batch > 1);
    for (const [row, canvas] of this.canvases.entries()) {
      paint(canvas, film, frame, row);
      const button = canvas.parentElement as HTMLButtonElement;
      const name = labels[row] ?? "";
      button.title = film.batch > 1 ? `${name}, ${row + 1} of ${film.batch}` : name;
      button.setAttribute("aria-label", `Prototype of ${button.title}`);
      button.setAttribute("aria-pressed", String(row === this.row));
      button.disabled = film.batch < 2;
    }
  }

  private make(count: number): void {
    this.canvases = Array.from({ length: count }, () => h("canvas", { class: "lrpw-proto-canvas" }));
    this.element.replaceChildren(
      ...this.canvases.map((canvas, row) => {
        const button = h("button", { class: "lrpw-proto-picture", type: "button" }, canvas);
        button.addEventListener("click", () => {
          this.row = row;
          this.chosen();
        });
        return button;
      }),
    );
  }
}

/** Names and numbers under a picture. */
export class Numbers {
  readonly element = h("dl", { class: "lrpw-proto-facts" });
  private shown = "";

  update(rows: readonly (readonly [string, string])[]): void {
    const text = JSON.stringify(rows);
    if (text === this.shown) return;
    this.shown = text;
    this.element.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  }
}
