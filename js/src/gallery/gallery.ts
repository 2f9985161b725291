/** The gallery in `el`: a long list of which only the rows in sight exist, and only those are asked for. */
import { h, write } from "../dom";
import { Help, type Keys } from "../help";
import { bytesOf } from "../heatmap/source";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Known } from "./facts";
import { type Grid, grid, inSight, move, place, reveal, TILE } from "./grid";
import { GALLERY } from "./style";
import { Tile } from "./tile";
import { Toolbar } from "./toolbar";

const NAMES = [
  "index", "sort", "descending", "show", "true_class", "predicted_class", "search", "within", "background", "summary",
  "_order", "_labels", "_sorts", "_told", "status", "progress", "error",
];
const KEYS: Keys = [
  ["arrows", "move"],
  ["Page Up, Page Down", "a page"],
  ["Home, End", "first, last"],
  ["Enter, Space, click", "choose: a mistake asks why this, and not that"],
  ["/", "find"],
  ["Esc", "close this"],
  ["?", "this table"],
];
/** Between two questions to the kernel while one scrolls. */
const ASK_MS = 100;

export function mountGallery(el: HTMLElement, store: Store): () => void {
  const view = new GalleryView(el, store);
  return () => view.dispose();
}

class GalleryView {
  private readonly root = h("div", { class: "lrpw-view lrpw-gallery", role: "group", "aria-label": "Gallery" });
  private readonly all = h("div", { class: "lrpw-all" });
  private readonly list = h("div", { class: "lrpw-tiles", role: "listbox", tabindex: 0, "aria-label": "Inputs" }, this.all);
  private readonly nobody = h("div", { class: "lrpw-nobody", hidden: true });
  private readonly help = new Help(KEYS);
  private readonly toolbar: Toolbar;
  private readonly status: Status;
  private readonly redraw: Redraw;
  private readonly known = new Known();
  private readonly undo: (() => void)[] = [];
  private readonly tiles = new Map<number, Tile>(); // by input
  private spare: Tile[] = [];
  private order = new Int32Array(0);
  private position = new Map<number, number>();
  private stale = true;
  private cursor = -1; // an input
  private asked = "";
  private asking = 0;
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    this.toolbar = new Toolbar(store, this.help);
    this.status = new Status(this.root, store);
    const room = h("div", { class: "lrpw-place" }, this.list, this.nobody, this.status.progress);
    this.root.append(this.status.element, this.toolbar.element, room, this.help.element);
    adoptStyle(el, GALLERY);
    el.append(this.root);
    this.undo.push(store.on("_order", () => void (this.stale = true)));
    this.undo.push(store.on("background", () => void (this.asked = "")));
    if (store.hear) {
      this.undo.push(store.hear((content, buffers) => void (this.known.hear(content, buffers) && this.redraw.request())));
    }
    this.list.addEventListener("scroll", () => this.redraw.request(), { passive: true });
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("focus", () => this.redraw.request());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.undo.push(shield(this.root));
    this.redraw = new Redraw(this.root, store, NAMES, () => this.draw());
    this.undo.push(store.on("index", () => this.follow()));
  }

  // -- hands

  private click(event: MouseEvent): void {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>(".lrpw-tile") : null;
    if (tile) this.choose(Number(tile.dataset.index));
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const within = event.target as HTMLElement;
    const typing = !!within.closest("input, select");
    if (event.key === "Escape" && this.help.open) this.help.close();
    else if (event.key === "?" && !typing) this.help.toggle();
    else if (event.key === "/" && !typing) this.toolbar.find();
    else if (within !== this.list || event.shiftKey || !this.walk(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private walk(key: string): boolean {
    const at = this.position.get(this.cursor) ?? 0;
    if (key === "Enter" || key === " ") {
      if (this.order.length) this.choose(this.order[at]);
      return true;
    }
    const shown = this.grid();
    const next = move(shown, key, at, this.list.clientHeight);
    if (next === null) return false;
    this.cursor = this.order[next];
    this.show(shown, next);
    return true;
  }

  private choose(index: number): void {
    this.cursor = index;
    if (this.store.get("index") === index) {
      this.store.send?.({ kind: "choose" }); // another view may have asked something else meanwhile
    } else {
      this.store.set("index", index);
      this.store.commit();
    }
    this.redraw.request();
  }

  /** The chosen one into sight, whoever chose it. */
  private follow(): void {
    this.cursor = Number(this.store.get("index"));
    const at = this.position.get(this.cursor);
    if (at !== undefined) this.show(this.grid(), at);
  }

  private show(shown: Grid, at: number): void {
    this.list.scrollTop = PADDING + reveal(shown, at, this.list.scrollTop - PADDING, this.list.clientHeight);
    this.redraw.request();
  }

  // -- drawing

  private grid(): Grid {
    return grid(this.order.length, this.list.clientWidth - 2 * PADDING);
  }

  private draw(): void {
    if (this.stale) this.load();
    this.toolbar.update();
    this.status.update("", true, "");
    const { list } = this;
    const shown = this.grid();
    const height = `${shown.height}px`;
    if (this.all.style.height !== height) this.all.style.height = height;
    const top = list.scrollTop - PADDING;
    const { first, end } = inSight(shown, top, list.clientHeight);
    const sort = String(this.store.get("sort"));
    const chosen = Number(this.store.get("index"));
    const wanted = this.order.subarray(first, end);
    this.release(new Set(wanted));
    let active = "";
    for (let at = first; at < end; at++) {
      const index = this.order[at];
      const tile = this.take(index);
      const { x, y } = place(shown, at);
      tile.move(x, y);
      tile.write(index, this.known.get(index), this.known.picture(index), sort);
      tile.mark(at, shown.count, index === chosen, index === this.cursor);
      if (index === this.cursor) active = tile.id;
    }
    if (active) list.setAttribute("aria-activedescendant", active);
    else list.removeAttribute("aria-activedescendant");
    this.nobody.hidden = shown.count > 0;
    const looking = this.store.get("status") === "busy";
    write(this.nobody, looking ? "None so far." : "No input is like that. Choose less.");
    this.ask();
    this.root.dataset.shown = String(shown.count);
    this.root.dataset.drawn = String([...wanted].filter((index) => this.known.has(index)).length);
    this.root.dataset.ready = String(++this.frames);
  }

  /** A tile for an input: the one it has, one that is free, or a new one. */
  private take(index: number): Tile {
    let tile = this.tiles.get(index);
    if (!tile) {
      tile = this.spare.pop();
      if (!tile) {
        tile = new Tile();
        this.all.append(tile.element);
      }
      tile.element.hidden = false;
      this.tiles.set(index, tile);
    }
    return tile;
  }

  private release(wanted: Set<number>): void {
    for (const [index, tile] of this.tiles) {
      if (wanted.has(index)) continue;
      this.tiles.delete(index);
      tile.element.hidden = true;
      this.spare.push(tile);
    }
  }

  /** A new order. What one looks at stays where it is; at the top, the top does. */
  private load(): void {
    this.stale = false;
    const { list } = this;
    const before = this.grid();
    const top = list.scrollTop;
    const { first } = inSight(before, top, list.clientHeight);
    const anchor = top > PADDING && first < this.order.length ? this.order[first] : -1;
    const offset = top - place(before, first).y;
    const bytes = bytesOf(this.store.get("_order")) ?? new Uint8Array(0);
    this.order = new Int32Array(bytes.slice().buffer);
    this.position = new Map(Array.from(this.order, (index, at) => [index, at]));
    if (this.cursor < 0) this.cursor = Number(this.store.get("index"));
    const now = this.grid();
    this.all.style.height = `${now.height}px`;
    const at = this.position.get(anchor);
    list.scrollTop = at === undefined ? 0 : place(now, at).y + offset;
  }

  /** Tells the kernel what is in sight, now and then while one scrolls. */
  private ask(): void {
    if (!this.store.send || this.asking) return;
    const sight = this.inSight();
    if (sight.join() === this.asked) return;
    this.asking = window.setTimeout(() => {
      this.asking = 0;
      const indices = this.inSight();
      this.asked = indices.join();
      this.store.send?.({ kind: "sight", indices, missing: indices.filter((index) => !this.known.has(index)) });
    }, ASK_MS);
  }

  private inSight(): number[] {
    const { first, end } = inSight(this.grid(), this.list.scrollTop - PADDING, this.list.clientHeight + TILE.height);
    return Array.from(this.order.subarray(first, end));
  }

  dispose(): void {
    window.clearTimeout(this.asking);
    for (const undo of this.undo.splice(0)) undo();
    this.redraw.dispose();
    this.status.dispose();
    this.toolbar.dispose();
    this.known.clear();
    this.root.remove();
  }
}

const PADDING = 4;
