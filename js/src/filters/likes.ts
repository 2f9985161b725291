/** What a unit likes: the inputs it answers to most, and its prototype. */
import { button, h, write } from "../dom";
import { plain, signed } from "../format";
import type { Wire } from "./wire";

interface Liked {
  title: string;
  value: number;
  png: unknown;
}

export class Likes {
  private readonly byRelevance = button("Inputs by relevance", "Rank the inputs by the relevance of this unit", () => this.ask("relevance"));
  private readonly byActivation = button("by activation", "Rank the inputs by the largest activation of this unit", () => this.ask("activation"));
  private readonly imagine = button("Prototype", "Search for an input that makes this unit most active", () =>
    this.wire.store.send?.({ kind: "imagine" }),
  );
  private readonly words = h("div", { class: "lrpw-muted" });
  private readonly pictures = h("div", { class: "lrpw-likes-pictures" });
  private readonly found = h("div", { class: "lrpw-likes-pictures" });
  readonly element = h(
    "div",
    { class: "lrpw-likes" },
    h("div", { class: "lrpw-buttons" }, h("span", { class: "lrpw-muted" }, "What does it like?"), this.byRelevance, this.byActivation, this.imagine),
    this.words,
    this.pictures,
    this.found,
  );
  private urls: string[] = [];
  private shown: unknown[] = [];

  constructor(private readonly wire: Wire) {}

  private ask(by: string): void {
    this.wire.store.send?.({ kind: "like", by });
  }

  update(): void {
    const { store, unit, layer } = this.wire;
    this.element.hidden = unit === null;
    this.byRelevance.hidden = this.byActivation.hidden = !(Number(store.get("_inputs")) > 0);
    const likes = store.get("_likes") as Record<string, unknown>;
    const prototype = store.get("_prototype") as Record<string, unknown>;
    const now = [likes, prototype, unit, layer];
    if (now.every((value, i) => value === this.shown[i])) return;
    this.shown = now;
    this.dispose();
    const mine = (what: Record<string, unknown>): boolean => what?.unit === unit && what?.layer === layer;
    const best = mine(likes) ? (likes.best as Liked[]) : [];
    const what = likes?.by === "relevance" ? "R" : "a";
    this.pictures.replaceChildren(...best.map(({ title, value, png }) => this.picture(png, title, `${what} ${signed(value)}`)));
    write(this.words, best.length ? `the ${best.length} largest by ${String(likes.by)}, of ${String(likes.seen)} inputs seen` : "");
    const has = mine(prototype);
    this.found.replaceChildren(
      ...(has ? [this.picture(prototype.png, "prototype", `a ${plain(Number(prototype.score))}, ended: ${String(prototype.ended)}`)] : []),
    );
  }

  private picture(png: unknown, title: string, value: string): HTMLElement {
    const bytes = ArrayBuffer.isView(png) ? png : null;
    const words = h("figcaption", {}, h("span", {}, title), h("span", { class: "lrpw-muted" }, value));
    const figure = h("figure", { class: "lrpw-like", title: `${title}: ${value}` }, words);
    if (bytes?.byteLength) {
      const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: "image/png" }));
      this.urls.push(url);
      figure.prepend(h("img", { src: url, alt: title, draggable: "false" }));
    }
    return figure;
  }

  dispose(): void {
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
  }
}
