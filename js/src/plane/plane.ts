/**
 * Panels of several methods over one plane, with one point in all of them.
 *
 * State: point [x1, x2], on a node. While it is dragged the kernel hears nothing; it gets the point when it is let go.
 */
import { button, h, write } from "../dom";
import { plain } from "../format";
import { Help, type Keys } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Field, type Node, type Pair } from "./field";
import { Panel } from "./panel";
import { PLANE } from "./style";

const NAMES = ["_methods", "_names", "_low", "_high", "_nodes", "_arrows", "_score", "_relevance"];
const KEYS: Keys = [
  ["drag, click", "move the point"],
  ["arrows", "by one node of the grid"],
  ["Shift + arrows", "by ten"],
  ["Esc", "close this"],
  ["?", "this table"],
];
const STEPS: Record<string, Pair> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class PlaneView {
  private readonly root = h("div", { class: "lrpw-view lrpw-plane", role: "group", "aria-label": "Explanations over a plane" });
  private readonly panels = h("div", { class: "lrpw-plane-panels" });
  private readonly readout = h("span", { class: "lrpw-readout", "aria-live": "polite" });
  private readonly help = new Help(KEYS);
  private readonly status: Status;
  private readonly redrawing: Redraw;
  private readonly undo: (() => void)[] = [];
  private list: Panel[] = [];
  private field: Field;
  /** Where the point is while the kernel does not know. */
  private draft: Node | null = null;
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    this.field = new Field(store);
    this.status = new Status(this.root, store);
    const foot = h("div", { class: "lrpw-row" }, this.readout, h("span", { class: "lrpw-space" }), button("?", "Keys (?)", () => this.help.toggle()));
    this.root.append(this.status.progress, this.status.element, this.panels, foot, this.help.element);
    adoptStyle(el, PLANE);
    el.append(this.root);
    for (const name of NAMES) this.undo.push(store.on(name, () => this.renew()));
    this.undo.push(store.on("point", () => void (this.draft = null)), shield(this.root));
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("keyup", () => this.settle());
    this.root.addEventListener("focusout", () => this.settle());
    this.redrawing = new Redraw(this.root, store, ["point", "status", "progress", "error"], () => this.draw());
  }

  /** Reads the field anew; several names change at once, and only the whole fits together. */
  private renew(): void {
    this.field = new Field(this.store);
    this.redrawing.request();
  }

  private get node(): Node {
    const point = this.store.get("point");
    return this.draft ?? this.field.node(Array.isArray(point) ? [Number(point[0]), Number(point[1])] : [0, 0]);
  }

  private move(node: Node): void {
    this.draft = node;
    this.redrawing.request();
  }

  /** Tells the kernel where the point has come to rest. */
  private settle(): void {
    if (!this.draft) return;
    const place = this.field.place(this.draft);
    this.store.set("point", place);
    this.draft = null;
    this.store.commit();
  }

  private hand(plot: SVGSVGElement): void {
    let held: number | null = null;
    const under = (event: PointerEvent): void => {
      const box = plot.getBoundingClientRect();
      const { nodes } = this.field;
      const along = (part: number): number => Math.max(0, Math.min(nodes - 1, Math.floor(part * nodes)));
      this.move([along((box.bottom - event.clientY) / box.height), along((event.clientX - box.left) / box.width)]);
    };
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || held !== null) return;
      held = event.pointerId;
      plot.setPointerCapture(held);
      plot.focus({ preventScroll: true });
      event.preventDefault();
      under(event);
    });
    plot.addEventListener("pointermove", (event) => {
      if (event.pointerId === held) under(event);
    });
    for (const end of ["pointerup", "pointercancel"] as const) {
      plot.addEventListener(end, (event) => {
        if (event.pointerId !== held) return;
        held = null;
        this.settle();
      });
    }
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const plot = event.target instanceof SVGElement;
    if (event.key === "?") this.help.toggle();
    else if (event.key === "Escape" && this.help.open) this.help.close();
    else if (plot && Object.hasOwn(STEPS, event.key)) {
      const [right, up] = STEPS[event.key];
      const by = event.shiftKey ? 10 : 1;
      this.move(this.field.moved(this.node, by * right, by * up));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private draw(): void {
    const { field, root } = this;
    const sound = field.sound;
    if (sound) {
      if (this.list.length !== field.methods.length) {
        this.list = field.methods.map((_, method) => new Panel(method));
        for (const { plot } of this.list) this.hand(plot);
        this.panels.replaceChildren(...this.list.map(({ element }) => element));
      }
      const node = this.node;
      for (const panel of this.list) panel.update(field, node);
      const place = field.place(node);
      const words = field.names.map((name, i) => `${name} = ${plain(place[i], 4)}`);
      write(this.readout, `${words.join(", ")}: f = ${plain(field.f(node), 4)}`);
      root.dataset.point = place.join(",");
    }
    this.status.update("", sound, "Nothing to show yet.");
    root.dataset.ready = String(++this.frames);
  }

  dispose(): void {
    for (const undo of this.undo.splice(0)) undo();
    this.redrawing.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
