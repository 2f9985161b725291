/** What is under the cursor: position, relevance, pixel. A line of fixed height, so that nothing jumps. */
import { h, write } from "../dom";
import { signed } from "../format";
import type { View } from "./view";

const HINT = "Hover to read values. ? shows the keys.";

/** What there is to read at a pixel; `value` is null where there is no relevance. */
export interface Read {
  x: number;
  y: number;
  value: number | null;
  pixel: number[];
}

export class Readout {
  private readonly place = h("span");
  private readonly relevance = h("span", { class: "lrpw-strong" });
  private readonly pixel = h("span");
  readonly element = h("div", { class: "lrpw-readout" }, this.place, "  ", this.relevance, "  ", this.pixel);

  update(view: View): void {
    const { unit } = (view.store.get("_caption") ?? {}) as Record<string, unknown>;
    this.show(readAt(view), unit);
  }

  show(read: Read | null, unit?: unknown): void {
    this.element.classList.toggle("lrpw-muted", !read);
    write(this.place, read ? `x ${read.x}, y ${read.y}` : HINT);
    write(this.relevance, read && read.value !== null ? `R ${signed(read.value)}` : "");
    write(this.pixel, read ? `pixel ${read.pixel.join(" ")}` : "");
    if (typeof unit === "string") this.pixel.title = `pixel values, ${unit}`;
  }

  /** The same, to be heard. */
  sentence(view: View): string {
    const read = readAt(view);
    if (!read) return "no pixel";
    return `x ${read.x}, y ${read.y}, relevance ${signed(read.value)}, pixel ${read.pixel.join(" ")}`;
  }
}

/** The shown relevance under the cursor; null when there is none. */
export function valueAt(view: View): number | null {
  return readAt(view)?.value ?? null;
}

function readAt(view: View): (Read & { value: number }) | null {
  const { painter, options } = view;
  if (!painter || !options.cursor) return null;
  const [y, x] = options.cursor;
  const at = y * painter.source.width + x;
  const pixel = Array.from(painter.source.picture.subarray(3 * at, 3 * at + 3));
  return { x, y, value: painter.relevance(options.channel)[at], pixel };
}
