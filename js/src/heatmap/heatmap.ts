/** The one renderer: a picture and its relevance in `el`, driven by a store. One animation frame a change. */
import { Caption } from "./caption";
import { ColourBar } from "./colourbar";
import { h } from "../dom";
import { gestures } from "./gestures";
import { Help } from "../help";
import { keyboard, KEYS, SHIFTS_KEY } from "./keyboard";
import { PictureView } from "./picture";
import { Readout } from "./readout";
import { Stage } from "./stage";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { HEATMAP } from "./style";
import { Toolbar } from "./toolbar";

export interface Host {
  /** Forces the fallback colours; without it they follow the system. Jupyter's own variables win over both. */
  theme?: "light" | "dark";
}

/** From this width (CSS pixels) on the controls stand beside the picture, else below it. */
const WIDE = 600;
const TOOLS_WIDTH = 256;
const TOOLS_GAP = 24;
const PADDING = 8;

export function mountHeatmap(el: HTMLElement, store: Store, host: Host = {}): () => void {
  const view = new HeatmapView(el, store, host);
  return () => view.dispose();
}

class HeatmapView extends PictureView {
  private readonly stage = new Stage();
  private readonly caption = new Caption();
  private readonly readout = new Readout();
  private readonly bar = new ColourBar();
  private readonly help: Help;
  private readonly tools: Toolbar;
  private readonly status: Status;
  private frames = 0;

  constructor(el: HTMLElement, store: Store, host: Host) {
    super(store, "heatmap", "Relevance");
    if (host.theme) this.root.dataset.theme = host.theme;
    this.status = new Status(this.root, store);
    this.help = new Help(typeof store.get("_shifted") === "boolean" ? [...KEYS, ...SHIFTS_KEY] : KEYS);
    this.tools = new Toolbar(this, this.stage, this.help);
    const picture = h("div", { class: "lrpw-picture" }, this.stage.element, this.status.progress);
    const shown = h("div", { class: "lrpw-shown" }, picture, this.status.element, this.bar.element, this.readout.element);
    const side = h("div", { class: "lrpw-side" }, this.caption.element, this.tools.element);
    const body = h("div", { class: "lrpw-body" }, shown, side);
    this.root.append(body, this.help.element, this.heard);
    adoptStyle(el, HEATMAP);
    el.append(this.root);
    gestures(this, this.stage);
    this.undo.push(keyboard(this, this.stage, this.readout, this.help));
  }

  protected override draw(): void {
    this.refresh();
    const width = this.root.clientWidth - 2 * PADDING;
    const wide = width >= WIDE;
    this.root.classList.toggle("lrpw-wide", wide);
    this.root.classList.toggle("lrpw-none", !this.painter);
    const drawn = this.stage.draw(this, wide ? width - TOOLS_WIDTH - TOOLS_GAP : width);
    this.root.style.setProperty("--lrpw-picture-width", `${this.stage.width}px`);
    this.caption.update(this);
    this.bar.update(this);
    this.readout.update(this);
    this.tools.update();
    this.status.update(this.problem, !!this.painter, "Nothing to show yet. Set the view's explanation.");
    this.stage.element.setAttribute("aria-label", `${this.caption.sentence()}. Press ? for the keys.`);
    if (drawn) this.root.dataset.ready = String(++this.frames);
  }

  override dispose(): void {
    super.dispose();
    this.status.dispose();
  }
}
