/** The strongest channels of the window as bars around zero, with their names and sums. */
import { lut } from "../colour";
import { h, write } from "../dom";
import { signed } from "../format";
import { strongest } from "./sums";

const SHOWN = 8;

export class Bars {
  private readonly rows = Array.from({ length: SHOWN }, () => {
    const name = h("span", { class: "lrpw-sig-name" });
    const bar = h("span", { class: "lrpw-sig-bar" });
    const value = h("span", { class: "lrpw-value" });
    const row = h("li", { class: "lrpw-sig-row" }, name, h("span", { class: "lrpw-sig-track" }, bar), value);
    return { row, name, bar, value };
  });
  readonly element = h("ol", { class: "lrpw-sig-bars", "aria-label": "Strongest channels in the window" }, ...this.rows.map(({ row }) => row));

  update(values: Float64Array, names: readonly string[], cmap: string): void {
    const order = strongest(values, SHOWN);
    const most = Math.abs(values[order[0]] ?? 0);
    const colours = lut(cmap);
    this.rows.forEach(({ row, name, bar, value }, at) => {
      row.hidden = at >= order.length;
      if (row.hidden) return;
      const sum = values[order[at]];
      write(name, names[order[at]]);
      name.title = names[order[at]];
      write(value, signed(sum));
      const part = most > 0 ? (50 * Math.abs(sum)) / most : 0;
      bar.style.left = `${sum < 0 ? 50 - part : 50}%`;
      bar.style.width = `${part}%`;
      const colour = colours[sum < 0 ? 34 : 220];
      bar.style.background = `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
    });
  }
}
