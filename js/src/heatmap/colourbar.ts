/** The colours, what they stand for, and how their limit was chosen. Always in sight. */
import { h, write } from "../dom";
import { plain, signed } from "../format";
import type { LimitRule } from "./options";
import type { View } from "./view";
import { clamp } from "../geometry";
import { valueAt } from "./readout";

const COLOURS = 255;

export const RULE_TEXT: Record<LimitRule, string> = {
  "99.5%": "99.5 % of |R|",
  max: "max |R|",
  fixed: "set by hand",
};

export class ColourBar {
  private readonly low = h("span", { class: "lrpw-bar-low" });
  private readonly high = h("span", { class: "lrpw-bar-high" });
  private readonly rule = h("span", { class: "lrpw-bar-rule" });
  private readonly canvas = h("canvas", { class: "lrpw-bar-canvas", width: COLOURS, height: 1 });
  private readonly mark = h("div", { class: "lrpw-bar-mark", hidden: true });
  readonly element = h(
    "div",
    { class: "lrpw-bar", role: "img" },
    h("div", { class: "lrpw-bar-colours" }, this.canvas, this.mark),
    h("div", { class: "lrpw-bar-ticks" }, this.low, this.rule, this.high),
  );
  private drawn = "";

  /** `among` says which maps share the limit. */
  update(view: View, among = ""): void {
    const { painter, options } = view;
    if (!painter) return;
    const limit = options.limit ?? 0;
    const pattern = options.layout === "pattern";
    write(this.low, pattern ? "0" : signed(-limit));
    write(this.high, signed(limit));
    const how = [RULE_TEXT[options.limit_rule], among].filter(Boolean).join(", ");
    write(this.rule, limit > 0 ? `limit: ${how}` : "no relevance: R is 0 everywhere");
    this.element.setAttribute(
      "aria-label",
      `Colours from ${this.low.textContent} to ${this.high.textContent}; limit ${plain(limit)}, ${how}`,
    );
    const key = pattern ? "pattern" : options.cmap;
    if (key !== this.drawn) this.paint(pattern ? greys() : painter.lut(options.cmap));
    this.drawn = key;
    const value = valueAt(view);
    this.mark.hidden = value === null || !(limit > 0);
    const v = clamp((value ?? 0) / limit, pattern ? 0 : -1, 1);
    this.mark.style.left = `${pattern ? 100 * v : 50 + 50 * v}%`;
  }

  private paint(colours: Uint32Array): void {
    const bytes = new Uint8ClampedArray(colours.slice().buffer);
    this.canvas.getContext("2d")?.putImageData(new ImageData(bytes, COLOURS, 1), 0, 0);
  }
}

/** In a pattern, relevance is the share of the photo's light that is left: black to white. */
function greys(): Uint32Array {
  return Uint32Array.from({ length: COLOURS }, (_, i) => 0xff000000 | (i * 0x010101));
}
