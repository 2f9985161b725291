/** Where a motif stands: a listbox of places, the most relevant first; Enter or a click shows one. */
import { h, uniqueId, write } from "../dom";
import { signed } from "../format";
import type { Store } from "../store";

export interface Match {
  sample: number;
  first: number;
  last: number;
  letters: string;
  mismatches: number;
  relevance: number;
}

export function readMatches(store: Store): Match[] {
  const listed = store.get("_matches");
  return Array.isArray(listed) ? (listed as Match[]) : [];
}

export class Found {
  private readonly list = h("div", { class: "lrpw-seq-found", role: "listbox", "aria-label": "Where the motif stands", tabindex: 0 });
  private readonly words = h("div", { class: "lrpw-muted", role: "status" });
  readonly element = h("div", {}, this.words, this.list);
  private shown: unknown = null;
  private active = 0;

  constructor(private readonly store: Store) {
    this.list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const count = this.list.children.length;
      const moves: Record<string, number> = { ArrowUp: this.active - 1, ArrowDown: this.active + 1, Home: 0, End: count - 1 };
      if (Object.hasOwn(moves, event.key)) this.mark(Math.max(0, Math.min(count - 1, moves[event.key])), true);
      else if (event.key === "Enter" || event.key === " ") this.go(this.active);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /** `several`: whether there is more than one sequence. */
  update(several: boolean): void {
    const matches = readMatches(this.store);
    const { motif, count, error } = (this.store.get("_found") ?? {}) as { motif?: string; count?: number; error?: string };
    this.element.hidden = !motif;
    if (!motif) return;
    const sequences = new Set(matches.map((match) => match.sample)).size;
    const total = count ?? 0;
    const where = several && total ? ` in ${sequences} ${sequences === 1 ? "sequence" : "sequences"}` : "";
    const cut = total > matches.length ? `; the ${matches.length} most relevant are listed` : "";
    write(this.words, error || `${motif}: ${total} ${total === 1 ? "place" : "places"}${where}${cut}`);
    this.list.hidden = matches.length === 0;
    this.list.classList.toggle("lrpw-seq-one", !several);
    if (matches !== this.shown) {
      this.shown = matches;
      this.list.replaceChildren(...matches.map((match, at) => this.row(match, at, several)));
      this.mark(Math.min(this.active, Math.max(0, matches.length - 1)), false);
    }
    const sample = Number(this.store.get("sample"));
    const region = this.store.get("region") as number[] | null;
    for (const [at, match] of matches.entries()) {
      const here = match.sample === sample && region?.[0] === match.first && region?.[1] === match.last;
      this.list.children[at].setAttribute("aria-selected", String(here));
    }
  }

  /** The next place, or the one before, after that which was shown last. */
  step(by: number): void {
    const count = this.list.children.length;
    if (count) this.go((this.active + by + count) % count);
  }

  private row(match: Match, at: number, several: boolean): HTMLElement {
    const parts = [
      several ? `sequence ${match.sample}` : "",
      `${match.first}..${match.last}`,
      match.letters,
      match.mismatches ? `${match.mismatches} differ` : "same",
      `R ${signed(match.relevance)}`,
    ];
    const element = h("div", { id: uniqueId(), class: "lrpw-seq-match", role: "option", "data-at": at }, ...parts.map((part) => h("span", {}, part)));
    element.addEventListener("click", () => this.go(at));
    return element;
  }

  private go(at: number): void {
    this.mark(at, true);
    this.store.send?.({ kind: "go", at });
  }

  private mark(at: number, into: boolean): void {
    this.active = at;
    for (const [index, element] of [...this.list.children].entries()) element.classList.toggle("lrpw-seq-active", index === at);
    const row = this.list.children[at] as HTMLElement | undefined;
    if (!row) return this.list.removeAttribute("aria-activedescendant");
    this.list.setAttribute("aria-activedescendant", row.id);
    if (!into) return;
    const top = row.offsetTop - this.list.offsetTop;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + row.offsetHeight > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = top + row.offsetHeight - this.list.clientHeight;
  }
}
