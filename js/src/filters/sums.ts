/** What passes, what is held back, what goes round the layer: beside each other, so that they can be seen to add up. */
import { h, write } from "../dom";
import { percent, plain, signed } from "../format";
import type { Sums } from "./wire";

interface Part {
  kind: string;
  words: string;
  amount: number;
}

/** Below this part of the whole nothing is said of what was absorbed: it is rounding. */
const ROUNDING = 5e-5;

export function parts(sums: Sums, several: boolean): Part[] {
  const found = [
    { kind: "passed", words: "passes", amount: sums.passed },
    { kind: "held", words: several ? "the rest" : "held back", amount: sums.held },
    { kind: "round", words: several ? "goes round the layers" : "goes round the layer", amount: sums.round },
  ];
  const absorbed = sums.absorbed ?? 0;
  if (Math.abs(absorbed) > ROUNDING * Math.abs(sums.whole)) found.push({ kind: "absorbed", words: "absorbed", amount: absorbed });
  return found;
}

export class SumsBar {
  private readonly bar = h("div", { class: "lrpw-sums-bar", "aria-hidden": "true" });
  private readonly list = h("div", { class: "lrpw-sums-list" });
  readonly element = h("div", { class: "lrpw-filter-sums", role: "group", "aria-label": "Sums of relevance" }, this.bar, this.list);

  update(sums: Sums | null, layers: number): void {
    this.element.hidden = !sums;
    if (!sums) return;
    const found = layers ? parts(sums, layers > 1) : [{ kind: "passed", words: "nothing is filtered", amount: sums.whole }];
    const most = found.reduce((sum, { amount }) => sum + Math.abs(amount), 0);
    this.bar.replaceChildren(
      ...found.map(({ kind, amount }) => {
        const part = h("div", { class: `lrpw-sums-${kind}` });
        part.style.width = `${most > 0 ? (100 * Math.abs(amount)) / most : 0}%`;
        return part;
      }),
    );
    while (this.list.children.length > found.length + 1) this.list.lastElementChild?.remove();
    while (this.list.children.length < found.length + 1) this.list.append(h("span"));
    found.forEach(({ kind, words, amount }, i) => {
      const line = this.list.children[i] as HTMLElement;
      line.className = `lrpw-sums-${kind}-words`;
      line.dataset.amount = String(amount);
      const share = sums.decomposes && sums.whole !== 0 ? ` (${percent(amount / sums.whole)})` : "";
      write(line, `${i ? "+ " : ""}${words} ${signed(amount, 4)}${share}`);
    });
    const total = this.list.lastElementChild as HTMLElement;
    total.className = "lrpw-sums-whole-words";
    total.dataset.amount = String(sums.whole);
    write(total, `= sum R ${plain(sums.whole, 5)} of f ${plain(sums.score, 5)} (${sums.target})`);
  }
}
