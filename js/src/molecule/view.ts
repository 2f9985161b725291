/** A molecule that one turns by hand, its atoms coloured by relevance. No message leaves the page while it turns. */
import { lut } from "../colour";
import { button, h, menu, uniqueId, write } from "../dom";
import { percent, plain, signed } from "../format";
import { clamp } from "../geometry";
import { Help, type Keys } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { atomAt, drawMolecule, drawPlane, type Ground, type Placed, place, planePicture, unitOf } from "./painter";
import { after, matrix, product, turn, UPRIGHT } from "./rotation";
import { AXES, MAX_ZOOM, MIN_ZOOM, type Molecule, type Plane, type Probe, readMolecule, readProbe, readViewport, slicePlane } from "./state";
import { MOLECULE } from "./style";

const KEYS: Keys = [
  ["drag, arrows", "turn"],
  ["Shift + left, right", "turn in the plane of the screen"],
  ["wheel, +, -", "nearer, further away"],
  ["0", "as it was at first"],
  ["n, p", "next, previous atom"],
  ["Page Up, Page Down", "next, previous slice"],
  ["Esc", "no atom; close this"],
  ["?", "this table"],
];
const SENT = ["_molecule", "_relevance", "_caption", "_formulas", "_grid", "_probe"];
const STATE = ["sample", "cursor", "viewport", "limit", "limit_rule", "cmap", "axis", "slice", "status", "progress", "error"];
const STEP = Math.PI / 18;
const A_RADIUS = 120; // pixels of dragging that turn by one radian

export function mountMolecule(el: HTMLElement, store: Store): () => void {
  const view = new MoleculeView(el, store);
  return () => view.dispose();
}

class MoleculeView {
  private readonly root = h("div", { class: "lrpw-view lrpw-molecule", role: "group", "aria-label": "Molecule" });
  private readonly canvas = h("canvas", { class: "lrpw-mol-canvas" });
  private readonly ink = h("span", { class: "lrpw-mol-ink", "aria-hidden": "true" });
  private readonly quiet = h("div", { class: "lrpw-mol-ticks" });
  private readonly stage = h(
    "div",
    { class: "lrpw-mol-stage", tabindex: 0, role: "application", "aria-roledescription": "molecule" },
    this.ink, this.canvas,
  );
  private readonly caption = h("div", { class: "lrpw-mol-caption" });
  private readonly read = h("output", { class: "lrpw-mol-read", "aria-live": "polite" });
  private readonly low = h("span");
  private readonly rule = h("span");
  private readonly high = h("span");
  private readonly colours = h("canvas", { width: 255, height: 1, role: "img" });
  private readonly samples = menu("molecule", "Which molecule is shown", (value) => this.set("sample", Number(value)));
  private readonly axis = menu("slices across", "The axis that slices of the probe map are across", (value) => {
    this.store.set("slice", null);
    this.set("axis", value);
  });
  private readonly slider: HTMLInputElement;
  private readonly sliceAt = h("output", { class: "lrpw-value" });
  private readonly slices: HTMLElement;
  private readonly probeBar = h("div", { class: "lrpw-muted" });
  private readonly help = new Help(KEYS);
  private readonly status: Status;
  private readonly redraw: Redraw;
  private readonly undo: (() => void)[] = [];
  private molecule: Molecule | null = null;
  private probe: Probe | null = null;
  private stale = true;
  private placed: Placed[] = [];
  private hover = -1;
  private drag: { x: number; y: number; moved: boolean } | null = null;
  private painted = { key: "", plane: null as Plane | null, picture: null as HTMLCanvasElement | null };
  private settled = 0;
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    this.status = new Status(this.root, store);
    const id = uniqueId();
    this.slider = h("input", { id, class: "lrpw-slider", type: "range", min: 0, max: 0, step: 1 });
    this.slider.addEventListener("input", () => store.set("slice", this.slider.valueAsNumber));
    this.slider.addEventListener("change", () => store.commit());
    this.slices = h("div", { class: "lrpw-row lrpw-mol-slice" }, h("label", { class: "lrpw-label", for: id }, "slice"), this.slider, this.sliceAt);
    this.quiet.append(this.low, this.rule, this.high);
    const again = button("Reset", "As it was at first (0)", () => this.view(UPRIGHT, 1, true));
    const keys = button("?", "Keys", () => this.help.toggle());
    this.root.append(
      this.status.progress, this.caption, this.status.element, this.stage, this.read,
      h("div", { class: "lrpw-mol-bar" }, this.colours, this.quiet),
      h("div", { class: "lrpw-mol-tools" }, this.samples.element, this.axis.element, this.slices, this.probeBar, h("span", { class: "lrpw-space" }), again, keys),
      this.help.element,
    );
    adoptStyle(el, MOLECULE);
    el.append(this.root);
    for (const name of SENT) this.undo.push(store.on(name, () => void (this.stale = true)));
    this.undo.push(shield(this.root));
    this.redraw = new Redraw(this.root, store, [...SENT, ...STATE], () => this.draw());
    const theme = new MutationObserver(() => this.redraw.request());
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-lrpw-theme"] });
    this.undo.push(() => theme.disconnect());
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const changed = (): void => this.redraw.request();
    scheme.addEventListener("change", changed);
    this.undo.push(() => scheme.removeEventListener("change", changed));
    this.hands();
  }

  private hands(): void {
    const { stage } = this;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      stage.setPointerCapture(event.pointerId);
      this.drag = { x: event.clientX, y: event.clientY, moved: false };
    });
    stage.addEventListener("pointermove", (event) => {
      if (this.drag) this.dragged(event);
      else this.point(this.at(event));
    });
    stage.addEventListener("pointerup", (event) => this.dropped(event));
    stage.addEventListener("pointercancel", () => void (this.drag = null));
    stage.addEventListener("pointerleave", () => this.drag || this.point(-1));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  private dragged(event: PointerEvent): void {
    const drag = this.drag;
    if (!drag) return;
    const x = event.clientX - drag.x;
    const y = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(x, y) < 3) return; // a click whose hand shook
    this.drag = { x: event.clientX, y: event.clientY, moved: true };
    this.turnBy(y, x, 0, Math.hypot(x, y) / A_RADIUS, false);
  }

  private dropped(event: PointerEvent): void {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    if (drag.moved) return this.store.commit();
    const atom = this.at(event);
    this.set("cursor", atom < 0 || atom === this.store.get("cursor") ? null : atom);
  }

  private wheel(event: WheelEvent): void {
    if (!this.stage.contains(document.activeElement) && document.activeElement !== this.stage) return; // the page scrolls
    event.preventDefault();
    const { rotation, zoom } = readViewport(this.store);
    this.view(rotation, zoom * Math.exp(-event.deltaY / 500), false);
    window.clearTimeout(this.settled);
    this.settled = window.setTimeout(() => this.store.commit(), 200);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { rotation, zoom } = readViewport(this.store);
    const across = event.shiftKey ? [0, 0, -1] : [0, 1, 0];
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.turnBy(-across[0], -across[1], -across[2], STEP, true),
      ArrowRight: () => this.turnBy(across[0], across[1], across[2], STEP, true),
      ArrowUp: () => this.turnBy(-1, 0, 0, STEP, true),
      ArrowDown: () => this.turnBy(1, 0, 0, STEP, true),
      "+": () => this.view(rotation, zoom * 1.25, true),
      "=": () => this.view(rotation, zoom * 1.25, true),
      "-": () => this.view(rotation, zoom / 1.25, true),
      "0": () => this.view(UPRIGHT, 1, true),
      n: () => this.next(1),
      p: () => this.next(-1),
      PageUp: () => this.slice(1),
      PageDown: () => this.slice(-1),
      "?": () => this.help.toggle(),
      Escape: () => (this.help.open ? this.help.close() : this.set("cursor", null)),
    };
    const own = (event.target as HTMLElement).closest("select, input, button, summary");
    if (!Object.hasOwn(keys, event.key) || (own && event.key !== "?" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  private turnBy(x: number, y: number, z: number, angle: number, done: boolean): void {
    const { rotation, zoom } = readViewport(this.store);
    this.view(after(turn(x, y, z, angle), rotation), zoom, done);
  }

  private view(rotation: readonly number[], zoom: number, done: boolean): void {
    this.store.set("viewport", { rotation: [...rotation], zoom: clamp(zoom, MIN_ZOOM, MAX_ZOOM) });
    if (done) this.store.commit();
  }

  private next(by: number): void {
    const count = this.molecule?.symbols.length ?? 0;
    if (!count) return;
    const cursor = this.store.get("cursor");
    const at = typeof cursor === "number" ? cursor + by : by > 0 ? 0 : count - 1;
    this.set("cursor", (at + count) % count);
  }

  private slice(by: number): void {
    if (this.probe) this.set("slice", clamp(this.sliceIndex(this.probe) + by, 0, this.probe.counts[this.across] - 1));
  }

  private set(name: string, value: unknown): void {
    this.store.set(name, value);
    this.store.commit();
  }

  private at(event: PointerEvent): number {
    const box = this.canvas.getBoundingClientRect();
    return atomAt(this.placed, event.clientX - box.left, event.clientY - box.top);
  }

  private point(atom: number): void {
    if (atom === this.hover) return;
    this.hover = atom;
    this.redraw.request();
  }

  private get across(): number {
    return Math.max(0, AXES.indexOf(this.store.get("axis") as (typeof AXES)[number]));
  }

  private sliceIndex(probe: Probe): number {
    const last = probe.counts[this.across] - 1;
    const asked = this.store.get("slice");
    return typeof asked === "number" ? clamp(asked, 0, last) : Math.round(clamp(-probe.origin[this.across] / probe.step[this.across], 0, last));
  }

  private get limit(): number {
    const limit = this.store.get("limit");
    return typeof limit === "number" ? limit : 0;
  }

  private draw(): void {
    if (this.stale) {
      this.stale = false;
      this.molecule = readMolecule(this.store);
      this.probe = readProbe(this.store);
      this.painted.key = "";
      this.hover = -1;
    }
    const { molecule } = this;
    this.stage.hidden = this.colours.hidden = this.quiet.hidden = !molecule;
    this.status.update("", !!molecule, "Nothing is shown yet: set the view's explanation.");
    if (molecule) {
      this.controls();
      this.paint(molecule);
      this.words(molecule);
    }
    this.root.dataset.ready = String(++this.frames);
  }

  private controls(): void {
    const formulas = (this.store.get("_formulas") ?? []) as string[];
    this.samples.element.hidden = formulas.length < 2;
    this.samples.update(String(this.store.get("sample") ?? 0), formulas.map((label, value) => ({ value: String(value), label: `${value}: ${label}` })));
    const { probe } = this;
    this.axis.element.hidden = this.slices.hidden = this.probeBar.hidden = !probe;
    if (!probe) return;
    this.axis.update(AXES[this.across], AXES.map((value) => ({ value, label: value })));
    const last = probe.counts[this.across] - 1;
    const index = this.sliceIndex(probe);
    this.slider.max = String(last);
    if (this.slider.valueAsNumber !== index) this.slider.valueAsNumber = index;
    this.slider.style.setProperty("--lrpw-part", `${last ? (100 * index) / last : 100}%`);
    const at = probe.origin[this.across] + index * probe.step[this.across];
    const text = `${AXES[this.across]} ${signed(at)} \u212b`;
    write(this.sliceAt, text);
    this.slider.setAttribute("aria-valuetext", `${text}, slice ${index + 1} of ${last + 1}`);
    write(this.probeBar, `probe: ${signed(-probe.limit)} to ${signed(probe.limit)}${probe.unit ? ` ${probe.unit}` : ""}`);
  }

  private paint(molecule: Molecule): void {
    const { canvas } = this;
    const width = this.stage.clientWidth;
    const height = this.stage.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    const context = canvas.getContext("2d");
    if (!context) return;
    const { rotation, zoom } = readViewport(this.store);
    const turned = product(matrix(rotation), molecule.axes);
    const unit = unitOf(molecule, width, height, zoom);
    const colours = lut(String(this.store.get("cmap") ?? ""));
    this.placed = place(molecule, turned, unit, width, height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const { probe } = this;
    if (probe) {
      const index = this.sliceIndex(probe);
      const key = `${this.across} ${index} ${String(this.store.get("cmap"))}`;
      if (key !== this.painted.key) {
        const plane = slicePlane(probe, this.across, index);
        this.painted = { key, plane, picture: planePicture(plane, probe.limit, colours) };
      }
      const { plane, picture } = this.painted;
      if (plane && picture) drawPlane(context, picture, plane, turned, unit, width, height);
    }
    const cursor = this.store.get("cursor");
    const marked = this.hover >= 0 ? this.hover : typeof cursor === "number" ? cursor : -1;
    drawMolecule(context, molecule, this.placed, this.limit, colours, this.ground(), unit, marked);
    const bytes = new Uint8ClampedArray(colours.slice().buffer);
    this.colours.getContext("2d")?.putImageData(new ImageData(bytes, 255, 1), 0, 0);
  }

  private ground(): Ground {
    const ink = getComputedStyle(this.ink);
    return { ink: ink.color, surface: ink.backgroundColor, accent: ink.borderTopColor, quiet: getComputedStyle(this.quiet).color };
  }

  private words(molecule: Molecule): void {
    const caption = (this.store.get("_caption") ?? {}) as Record<string, unknown>;
    const asked = caption.minus ? `${String(caption.target)} - ${String(caption.minus)}` : String(caption.target ?? "");
    const how = [caption.method, caption.rules].filter(Boolean).join(", ");
    const notes = [how, caption.note].filter(Boolean).join(". ");
    write(this.caption, `${molecule.formula}: ${asked}. ${String(caption.sums ?? "")}. ${notes}`);
    write(this.low, signed(-this.limit));
    write(this.high, signed(this.limit));
    const rule = this.store.get("limit_rule");
    const chosen = rule === "max" ? "max |R| of an atom" : rule === "fixed" ? "set by hand" : `${String(rule)} of |R|`;
    write(this.rule, this.limit > 0 ? `limit: ${chosen}` : "no relevance: R is 0 everywhere");
    this.colours.setAttribute("aria-label", `Colours from ${this.low.textContent} to ${this.high.textContent}; ${this.rule.textContent}`);
    const cursor = this.store.get("cursor");
    const atom = this.hover >= 0 ? this.hover : typeof cursor === "number" && cursor < molecule.names.length ? cursor : -1;
    write(this.read, atom < 0 ? "Drag to turn; point at an atom, or press n." : this.told(molecule, atom, Number(caption.score)));
    this.stage.setAttribute("aria-label", `${molecule.formula}, ${molecule.names.length} atoms. ${this.read.textContent}`);
  }

  private told(molecule: Molecule, atom: number, score: number): string {
    const r = molecule.relevance[atom];
    const place = molecule.positions[atom].map((at) => plain(at)).join(", ");
    const share = score ? `, ${percent(r / score)} of f` : "";
    return `${molecule.names[atom]}: R ${signed(r, 4)}${share}; at (${place}) \u212b from the middle`;
  }

  dispose(): void {
    for (const undo of this.undo.splice(0)) undo();
    window.clearTimeout(this.settled);
    this.redraw.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
