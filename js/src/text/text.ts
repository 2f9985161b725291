/** A text and the relevance of its words in `el`, driven by a store. One animation frame a change. */
import { quantise } from "../colour";
import { h, uniqueId, write } from "../dom";
import { plain, signed } from "../format";
import { Caption } from "../heatmap/caption";
import { ColourBar } from "../heatmap/colourbar";
import { PictureView } from "../heatmap/picture";
import { HEATMAP } from "../heatmap/style";
import { Toolbar } from "../heatmap/toolbar";
import { Help } from "../help";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { luminance, NEUTRAL, readColour, type Rgb, sheet } from "./colours";
import { KEYS, textKeys } from "./keys";
import { further, strongest } from "./order";
import { Page } from "./page";
import { TEXT } from "./style";
import { readWords, rowStore, type Words } from "./wire";

const WIDE = 600;
const HINT = "Hover to read values. ? shows the keys.";

export function mountText(el: HTMLElement, store: Store): () => void {
  const view = new TextPanel(el, store);
  return () => view.dispose();
}

class TextPanel extends PictureView {
  private readonly page = new Page();
  private readonly caption = new Caption();
  private readonly bar = new ColourBar();
  private readonly word = h("bdi");
  private readonly place = h("span");
  private readonly value = h("span", { class: "lrpw-strong" });
  private readonly readout = h("div", { class: "lrpw-readout" }, this.word, this.value, this.place);
  private readonly help = new Help(KEYS);
  private readonly tools = new Toolbar(this, null, this.help);
  private readonly status: Status;
  private readonly scope = uniqueId();
  private readonly colours = new CSSStyleSheet();
  private words: Words | null = null;
  private order: Uint32Array | null = null;
  private fresh = true;
  private coloured = "";
  private frames = 0;

  constructor(el: HTMLElement, store: Store) {
    super(rowStore(store), "text", "Relevance of words", ["_text", "_words", "_known"]);
    for (const name of ["_text", "_words", "_known", "_relevance"]) {
      this.undo.push(store.on(name, () => void (this.fresh = true)));
    }
    this.status = new Status(this.root, this.store);
    this.root.classList.add(this.scope);
    const paper = h("div", { class: "lrpw-paper" }, this.page.element, this.status.progress);
    const shown = h("div", { class: "lrpw-shown" }, paper, this.status.element, this.bar.element, this.readout);
    const side = h("div", { class: "lrpw-side" }, this.caption.element, this.tools.element);
    this.root.append(h("div", { class: "lrpw-body" }, shown, side), this.help.element, this.heard);
    adoptStyle(el, HEATMAP);
    adoptStyle(el, TEXT);
    el.append(this.root);
    this.hands();
    this.follow(el);
  }

  /** Hovering and pinning; selecting text stays with the browser. */
  private hands(): void {
    const { element } = this.page;
    element.addEventListener("pointerover", (event) => {
      const word = this.page.at(event.target);
      this.hover(word === null ? null : [0, word]);
    });
    element.addEventListener("pointerleave", () => this.hover(null));
    element.addEventListener("click", (event) => {
      const word = this.page.at(event.target);
      if (getSelection()?.isCollapsed !== false && word !== null) this.pin([0, word]);
    });
    const cursor = (): number | null => this.options.cursor?.[1] ?? null;
    this.undo.push(
      textKeys(this, this.help, {
        step: (by) => {
          const from = cursor();
          if (from === null) return this.go(0);
          this.go(from + (this.page.rightToLeft(from) ? -by : by));
        },
        weaker: (by) => {
          const relevance = this.painter?.relevance("sum");
          if (!relevance) return;
          this.order ??= strongest(relevance);
          const next = further(this.order, cursor(), by);
          if (next !== null) this.go(next);
        },
        go: (word) => this.go(word),
        last: Infinity,
      }),
    );
  }

  private go(word: number): void {
    const last = (this.words?.count ?? 0) - 1;
    if (last < 0) return;
    const next = Math.max(0, Math.min(last, word));
    this.pin([0, next]);
    this.page.reveal(next);
    this.announce(this.sentence(next));
  }

  /** The sheet of colours lives as long as the view, and follows the theme. */
  private follow(el: HTMLElement): void {
    const place = el.getRootNode();
    const root = place instanceof ShadowRoot ? place : el.ownerDocument;
    root.adoptedStyleSheets.push(this.colours);
    const themes = new MutationObserver(() => this.redraw.request());
    themes.observe(document.body, { attributes: true });
    themes.observe(document.documentElement, { attributes: true });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const changed = (): void => this.redraw.request();
    scheme.addEventListener("change", changed);
    // A theme's style sheet may arrive after its name.
    document.addEventListener("load", changed, true);
    this.undo.push(() => {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((each) => each !== this.colours);
      themes.disconnect();
      scheme.removeEventListener("change", changed);
      document.removeEventListener("load", changed, true);
    });
  }

  protected override draw(): void {
    this.refresh();
    if (this.fresh) this.readText();
    const { painter, options, words } = this;
    this.root.classList.toggle("lrpw-wide", this.root.clientWidth >= WIDE);
    this.root.classList.toggle("lrpw-none", !words?.count);
    if (painter && words) this.paint(painter.relevance("sum"));
    const at = options.cursor?.[1] ?? null;
    this.page.mark(at);
    this.caption.update(this);
    this.bar.update(this);
    this.tell(at);
    this.tools.update();
    this.status.update(this.problem, !!words?.count, "Nothing to show yet. Set the view's explanation.");
    this.page.element.setAttribute("aria-label", `Text. ${this.caption.sentence()}. Press ? for the keys.`);
    if (words) this.root.dataset.ready = String(++this.frames);
  }

  private readText(): void {
    this.fresh = false;
    this.order = null;
    try {
      const words = readWords(this.store);
      if (words.count && words.count !== this.painter?.source.width) throw new Error("Words and relevance differ in number.");
      const same = this.words?.text === words.text && this.words.count === words.count;
      this.words = words;
      if (!same) this.page.show(words);
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  private paint(relevance: Float32Array): void {
    const { cmap, opacity, limit } = this.options;
    const indices = new Uint8Array(relevance.length);
    quantise(relevance, limit ?? 0, indices, new Float64Array(relevance.length));
    this.page.colour(indices, NEUTRAL);
    const page = this.ground();
    const key = `${cmap} ${opacity} ${page.join()}`;
    if (key !== this.coloured) this.colours.replaceSync(sheet(this.scope, cmap, opacity, page));
    this.coloured = key;
  }

  /** The colour that the text stands on. */
  private ground(): Rgb {
    const style = getComputedStyle(this.page.element);
    const found = readColour(style.backgroundColor);
    if (found) return found;
    return luminance(readColour(style.color) ?? [0, 0, 0]) > 0.5 ? [17, 17, 17] : [255, 255, 255];
  }

  private tell(at: number | null): void {
    const { words } = this;
    this.readout.classList.toggle("lrpw-muted", at === null);
    write(this.word, at === null || !words ? "" : wordOf(words, at));
    write(this.value, at === null ? "" : this.reading(at));
    write(this.place, at === null || !words ? HINT : `word ${at + 1} of ${words.count}`);
  }

  private reading(at: number): string {
    if (!this.words?.known[at]) return "not known to the model";
    return `R ${signed(this.painter?.relevance("sum")[at] ?? 0)}`;
  }

  /** The same, to be heard. */
  private sentence(at: number): string {
    if (!this.words) return "";
    const value = this.painter?.relevance("sum")[at] ?? 0;
    const read = this.words.known[at] ? `relevance ${plain(value)}` : "not known to the model";
    return `${wordOf(this.words, at)}, word ${at + 1} of ${this.words.count}, ${read}`;
  }

  override dispose(): void {
    super.dispose();
    this.status.dispose();
  }
}

function wordOf(words: Words, at: number): string {
  return words.text.slice(words.spans[2 * at], words.spans[2 * at + 1]);
}
