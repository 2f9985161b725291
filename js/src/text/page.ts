/** The text itself: real text in blocks of lines, each in its own direction, and one element a word. */
import { h } from "../dom";
import type { Words } from "./wire";

export class Page {
  readonly element = h("div", { class: "lrpw-words", tabindex: 0, role: "group" });
  private words: HTMLElement[] = [];
  private numbers = new Map<Element, number>();
  private shown: Uint8Array = new Uint8Array();
  private marked = -1;

  /** Writes another text. All of it is set as text nodes. */
  show(words: Words): void {
    this.words = [];
    this.numbers = new Map();
    this.shown = new Uint8Array();
    this.marked = -1;
    const lines = document.createDocumentFragment();
    let line = block(lines);
    let at = 0;
    const between = (piece: string): void => {
      const [first, ...rest] = piece.split("\n");
      if (first) line.append(first);
      for (const each of rest) {
        line = block(lines);
        if (each) line.append(each);
      }
    };
    for (let i = 0; i < words.count; i++) {
      const [start, end] = [words.spans[2 * i], words.spans[2 * i + 1]];
      between(words.text.slice(at, start));
      const word = document.createElement("span");
      word.append(words.text.slice(start, end));
      if (!words.known[i]) word.className = "lrpw-unread";
      line.append(word);
      this.words.push(word);
      this.numbers.set(word, i);
      at = end;
    }
    between(words.text.slice(at));
    for (const each of lines.children) if (!each.firstChild) each.append(document.createElement("br"));
    this.element.replaceChildren(lines);
    this.element.scrollTop = 0;
  }

  /** Gives each word the class of its colour; touches only those that changed. */
  colour(indices: Uint8Array, neutral: number): void {
    for (let i = 0; i < indices.length; i++) {
      if (this.shown.length && this.shown[i] === indices[i]) continue;
      const { classList } = this.words[i];
      if (this.shown.length && this.shown[i] !== neutral) classList.remove(`c${this.shown[i]}`);
      if (indices[i] !== neutral) classList.add(`c${indices[i]}`);
    }
    this.shown = indices.slice();
  }

  /** The number of the word that an element is or lies in; null outside of words. */
  at(target: EventTarget | null): number | null {
    return target instanceof Element ? (this.numbers.get(target) ?? null) : null;
  }

  /** Outlines the word under the cursor. */
  mark(word: number | null): void {
    const next = word ?? -1;
    if (next === this.marked) return;
    this.words[this.marked]?.classList.remove("lrpw-here");
    this.words[next]?.classList.add("lrpw-here");
    this.marked = next;
  }

  reveal(word: number): void {
    this.words[word]?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  rightToLeft(word: number): boolean {
    const element = this.words[word];
    return !!element && getComputedStyle(element).direction === "rtl";
  }
}

/** Each line is a paragraph of its own to the writing direction. */
function block(lines: DocumentFragment): HTMLElement {
  const line = h("div", { class: "lrpw-line", dir: "auto" });
  lines.append(line);
  return line;
}
