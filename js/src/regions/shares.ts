/** How much of the decision lies where: a ring for what speaks for it and one against, and the rows below. */
import { h, write } from "../dom";
import { plain, signed } from "../format";
import { Pie } from "./pie";
import type { Region } from "./shapes";
import type { Shares } from "./sums";
import { type Edits, Table } from "./table";

export const CONTEXT_COLOUR = "#808080";

export class SharesPanel {
  private readonly positive = new Pie("for");
  private readonly negative = new Pie("against");
  private readonly table: Table;
  private readonly note = h("div", { class: "lrpw-sums", role: "note" });
  private readonly pies = h("div", { class: "lrpw-pies" }, this.positive.element, this.negative.element);
  readonly element: HTMLElement;

  constructor(edits: Edits) {
    this.table = new Table(edits);
    this.element = h("div", { class: "lrpw-shares", "aria-label": "Shares", role: "group" });
    this.element.append(this.pies, this.table.element, this.note);
  }

  update(regions: readonly Region[], chosen: string | null, shares: Shares, refusal: string): void {
    const { context, surplus, total } = shares;
    const lines = regions.map((region, i) => ({ ...region, share: shares.regions[i], edits: true }));
    const rest = { name: "context", colour: CONTEXT_COLOUR, share: context, edits: false };
    const twice = { name: "counted twice", colour: "transparent", edits: false };
    const sum = { name: "sum R", colour: "transparent", share: total, edits: false };
    const rows = [...lines, rest, ...(surplus ? [{ ...twice, share: surplus }] : []), sum];
    this.table.update(
      rows.map(({ name, colour, share, edits }) => {
        const part = total.net === 0 ? Number.NaN : share.net / total.net;
        return { name, colour, share, part, edits, chosen: edits && name === chosen };
      }),
    );
    const slices = [...lines, rest];
    const slice = (key: "positive" | "negative") => (line: (typeof slices)[number]) => {
      return { name: line.name, colour: line.colour, amount: Math.abs(line.share[key]) };
    };
    this.positive.update(slices.map(slice("positive")), signed(total.positive));
    this.negative.update(slices.map(slice("negative")), signed(total.negative));
    this.pies.hidden = !!refusal;
    this.element.classList.toggle("lrpw-refused", !!refusal);
    const overlap =
      `Regions overlap in ${shares.overlap} pixels: each keeps all that it holds, and what is counted twice is taken ` +
      `off in a row of its own (${plain(surplus?.net ?? 0)}).`;
    write(this.note, refusal || (shares.overlap ? overlap : ""));
  }
}
