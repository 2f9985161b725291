/** The layers as a tree with keys and mouse: path, kind, shape, share of the relevance, rule. */
import { h, write } from "../dom";
import { plain } from "../format";
import { between, type Node, outline, visible } from "./outline";
import type { Layer } from "./wire";

export class LayerTree {
  private readonly list = h("div", { class: "lrpw-tree", role: "tree", "aria-label": "Layers", "aria-multiselectable": "true" });
  private readonly head = h(
    "div",
    { class: "lrpw-tree-head", "aria-hidden": "true" },
    ...["layer", "kind", "shape", "share", "rule"].map((text) => h("span", {}, text)),
  );
  readonly element = h("div", { class: "lrpw-tree-box" }, this.head, this.list);
  private readonly closed = new Set<string>();
  private nodes: Node[] = [];
  private rows = new Map<string, { element: HTMLElement; share: HTMLElement; bar: HTMLElement; rule: HTMLElement; level: number }>();
  private drawn = "";
  private focused = "";
  private shown = "";
  /** Chosen beside the one that is linked, the leading one first. */
  picked: string[] = [];

  /** `choose` hears what is chosen, the leading one first; `edit` that its rule is wanted. */
  constructor(
    private readonly choose: (paths: string[]) => void,
    private readonly edit: () => void,
  ) {
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("dblclick", () => this.edit());
  }

  update(layers: readonly Layer[], shares: ReadonlyMap<string, number>, chosen: string, reached: (path: string) => boolean): void {
    const paths = JSON.stringify([layers.map(({ path, kind, shape }) => [path, kind, shape]), [...this.closed]]);
    if (paths !== this.drawn) this.build(layers, paths);
    if (this.picked[0] !== chosen) this.picked = [chosen];
    if (chosen !== this.shown) {
      this.shown = this.focused = chosen;
      this.reveal(chosen);
    }
    const byPath = new Map(layers.map((layer) => [layer.path, layer]));
    const most = Math.max(...[...shares.values()].map(Math.abs).filter(Number.isFinite), 1e-300);
    if (!this.rows.has(this.focused)) this.focused = this.rows.keys().next().value ?? "";
    for (const [path, row] of this.rows) {
      const layer = byPath.get(path);
      const share = shares.get(path);
      const picked = this.picked.includes(path);
      row.element.setAttribute("aria-selected", String(picked));
      row.element.classList.toggle("lrpw-reached", !!layer?.weights && reached(path));
      row.element.tabIndex = path === this.focused ? 0 : -1;
      write(row.rule, layer?.rule ?? "");
      row.rule.title = layer?.rule ?? "";
      write(row.share, share === undefined ? "" : percent(share));
      row.bar.style.width = share === undefined ? "0" : `${(100 * Math.min(1, Math.abs(share) / most)).toFixed(1)}%`;
    }
  }

  focus(): void {
    this.rows.get(this.focused)?.element.focus({ preventScroll: true });
  }

  private build(layers: readonly Layer[], paths: string): void {
    const had = this.list.contains(document.activeElement);
    this.drawn = paths;
    this.nodes = outline(layers);
    this.rows = new Map();
    const elements = visible(this.nodes, this.closed).map((node) => this.row(node));
    this.list.replaceChildren(...elements);
    if (had) this.focus();
  }

  private row(node: Node): HTMLElement {
    const open = !this.closed.has(node.path);
    const twist = h("span", { class: "lrpw-twist", "aria-hidden": "true" }, node.children ? (open ? "\u25be" : "\u25b8") : "");
    const name = h("span", { class: "lrpw-layer", title: node.path || "what the model does outside of its modules" }, twist, node.name);
    name.style.paddingInlineStart = `${(node.level - 1) * 12}px`;
    const share = h("span", { class: "lrpw-share-text" });
    const bar = h("span", { class: "lrpw-share-bar" });
    const rule = h("span", { class: "lrpw-rule" });
    const shape = node.layer?.shape ?? "";
    const element = h(
      "div",
      { class: "lrpw-tree-row", role: "treeitem", tabindex: -1, "aria-level": node.level, "data-path": node.path },
      name,
      h("span", { class: "lrpw-muted", title: node.layer?.kind ?? "" }, node.layer?.kind ?? ""),
      h("span", { class: "lrpw-muted lrpw-shape" }, shape),
      h("span", { class: "lrpw-share" }, bar, share),
      rule,
    );
    if (node.children) element.setAttribute("aria-expanded", String(open));
    this.rows.set(node.path, { element, share, bar, rule, level: node.level });
    return element;
  }

  private click(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const path = target.closest<HTMLElement>("[data-path]")?.dataset.path;
    if (path === undefined) return;
    this.focused = path;
    if (target.closest(".lrpw-twist") && this.node(path)?.children) return this.fold(path, !this.closed.has(path));
    this.pick(path, event.shiftKey, event.ctrlKey || event.metaKey);
    this.focus();
  }

  /** Alone; everything from the leading one to here; or one more, or less. */
  private pick(path: string, range: boolean, more: boolean): void {
    const lead = this.picked[0] ?? path;
    const usable = (paths: string[]): string[] => paths.filter((each) => this.node(each)?.layer);
    if (range) {
      const rows = visible(this.nodes, this.closed);
      this.picked = usable([lead, ...between(rows, lead, path).filter((each) => each !== lead)]);
    } else if (more) {
      const others = this.picked.filter((each) => each !== path);
      this.picked = usable(others.length < this.picked.length && others.length ? others : [...others, path]);
    } else this.picked = [path];
    this.shown = this.picked[0] ?? "";
    this.choose(this.picked);
  }

  private fold(path: string, close: boolean): void {
    if (close) this.closed.add(path);
    else this.closed.delete(path);
    this.choose(this.picked);
  }

  private node(path: string): Node | undefined {
    return this.nodes.find((each) => each.path === path);
  }

  private key(event: KeyboardEvent): void {
    const rows = visible(this.nodes, this.closed).map(({ path }) => path);
    const at = rows.indexOf(this.focused);
    const node = this.node(this.focused);
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (to: number): void => {
      const path = rows[Math.max(0, Math.min(rows.length - 1, to))];
      this.focused = path;
      if (this.node(path)?.layer) this.pick(path, event.shiftKey, false);
      else this.choose(this.picked);
      this.focus();
      this.reveal(path);
    };
    const closed = this.closed.has(node.path);
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (node.children && closed ? this.fold(node.path, false) : node.children ? go(at + 1) : undefined),
      ArrowLeft: () => {
        if (node.children && !closed) this.fold(node.path, true);
        else if (node.parent !== null) go(rows.indexOf(node.parent));
      },
      " ": () => this.pick(node.path, false, true),
      Enter: () => this.edit(),
    };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  /** Into sight within the list; the page itself must not move. */
  private reveal(path: string): void {
    const element = this.rows.get(path)?.element;
    if (!element) return;
    const top = element.offsetTop - this.list.offsetTop;
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (top + element.offsetHeight > this.list.scrollTop + this.list.clientHeight) {
      this.list.scrollTop = top + element.offsetHeight - this.list.clientHeight;
    }
  }
}

function percent(share: number): string {
  return `${plain(100 * share, 3).replace("-", "\u2212")} %`;
}
