/** The sequence view: a logo under the mouse, mutations below it, and where a motif stands. One frame a change. */
import { lut, paintMap } from "../colour";
import { button, h, menu, uniqueId, write } from "../dom";
import { plain, signed } from "../format";
import { clamp, type Viewport, WHOLE } from "../geometry";
import { Help, type Keys } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { type Count, fitted, indexOf, maxZoom, nameOf, panBy, reveal, sight, type Sight, zoomAt } from "./axis";
import { Found, readMatches } from "./found";
import { EDGE, type Glyph, GUTTER, heightOf, paint, type Scene, sentence, type Theme } from "./painter";
import { changeLimit, type Heights, most, sides, sumsBefore } from "./stacks";
import { SEQUENCE } from "./style";

const SENT = ["_letters", "_heights", "_change", "_alphabet", "_glyphs", "_count"];
const STATE = [
  "_caption", "_samples", "_matches", "_found", "_asks", "sample", "cursor", "region", "motif", "mismatches",
  "mutations", "viewport", "limit", "cmap", "status", "progress", "error",
];
const KEYS: Keys = [
  ["hover", "read letter, position and relevance"],
  ["click", "pin the position"],
  ["drag", "choose a stretch: its letters are the motif"],
  ["\u2190 \u2192, Shift + \u2190 \u2192", "move the position; choose a stretch from it"],
  ["Home, End", "to the first, the last position"],
  ["wheel, + -", "zoom (the wheel after a click here, or with Ctrl)"],
  ["Page Up, Page Down", "along the sequence by what is in sight"],
  ["0, double click", "show the whole sequence"],
  ["n, p", "to the next, the previous place of the motif"],
  ["[, ]", "the sequence before, after"],
  ["m", "mutations on or off"],
  ["Esc", "close this; no stretch; no position"],
  ["?", "this table"],
];
const SETTLE_MS = 200; // after the wheel stands still the kernel hears of it
const SLACK = 3; // CSS pixels: a press that moves less is a click

export function mountSequence(el: HTMLElement, store: Store): () => void {
  const view = new SequenceView(el, store);
  return () => view.dispose();
}

class SequenceView {
  private readonly root = h("div", { class: "lrpw-view lrpw-sequence", role: "group", "aria-label": "Sequence" });
  private readonly canvas = h("canvas", { class: "lrpw-seq-canvas", "aria-hidden": "true" });
  private readonly stage = h("div", { class: "lrpw-seq-stage", role: "application", "aria-roledescription": "sequence logo", tabindex: 0 }, this.canvas);
  private readonly target = h("div", { class: "lrpw-seq-target" });
  private readonly sums = h("div", { class: "lrpw-muted" });
  private readonly readout = h("div", { class: "lrpw-seq-readout" });
  private readonly spoken = h("div", { class: "lrpw-hidden", "aria-live": "polite" });
  private readonly scroll = h("input", { class: "lrpw-slider", type: "range", min: 0, max: 1, step: "any", "aria-label": "Along the sequence" });
  private readonly whole = button("Whole", "Show the whole sequence (0)", () => this.see(WHOLE, true));
  private readonly out = button("\u2212", "Zoom out (-)", () => this.zoom(0.5, Math.SQRT1_2));
  private readonly in = button("+", "Zoom in (+)", () => this.zoom(0.5, Math.SQRT2));
  private readonly before = button("\u2039", "The sequence before ([)", () => this.turn(-1));
  private readonly after = button("\u203a", "The sequence after (])", () => this.turn(1));
  private readonly which = h("span", { class: "lrpw-value" });
  private readonly samples = h("div", {}, this.before, this.which, this.after);
  private readonly mutate = button("Mutations", "What every other letter would change (m)", () => this.toggleMutations());
  private readonly motif: HTMLInputElement;
  private readonly differ = menu("Match", "How many letters may differ", (value) => this.commit({ mismatches: Number(value) }));
  private readonly bar = h("canvas", { width: 255, height: 1, "aria-hidden": "true" });
  private readonly low = h("span");
  private readonly high = h("span");
  private readonly scale = h("div", { class: "lrpw-seq-bar lrpw-muted" }, this.low, this.bar, this.high, h("span", {}, "change of the score by a mutation"));
  private readonly probe = h("span", { hidden: true });
  private readonly help = new Help(KEYS);
  private readonly found: Found;
  private readonly status: Status;
  private readonly redraw: Redraw;
  private readonly undo: (() => void)[] = [];
  private scene: Scene | null = null;
  private sums0: Float64Array = new Float64Array(1);
  private stale = true;
  private hovered: number | null = null;
  private dragged: readonly [number, number] | null = null;
  private anchor: number | null = null; // where a stretch made by keys begins
  private width = 0;
  private settling = 0;
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    this.status = new Status(this.root, store);
    this.found = new Found(store);
    const id = uniqueId();
    this.motif = h("input", { id, class: "lrpw-seq-motif", type: "text", spellcheck: "false", autocomplete: "off", placeholder: "drag, or type" });
    this.motif.addEventListener("change", () => this.commit({ motif: this.motif.value.trim().toUpperCase() }));
    this.scroll.addEventListener("input", () => {
      const { span } = this.sight();
      const free = this.length - span;
      this.see({ ...this.viewport, x: this.scroll.valueAsNumber * free + span / 2 - this.length / 2 }, false);
    });
    this.scroll.addEventListener("change", () => store.commit());
    const label = h("label", { class: "lrpw-muted", for: id }, "Motif");
    const searching = h("div", {}, label, this.motif, this.differ.element);
    const question = button("?", "Keys (?)", () => this.help.toggle());
    const tools = h(
      "div", { class: "lrpw-seq-tools" },
      this.samples, h("div", {}, this.out, this.in, this.whole), h("div", {}, this.mutate), searching, h("div", {}, question),
    );
    const caption = h("div", {}, this.target, this.sums);
    this.root.append(
      this.status.progress, caption, this.status.element, this.stage, this.scroll, this.readout, this.scale, tools,
      this.found.element, this.spoken, this.help.element, this.probe,
    );
    adoptStyle(el, SEQUENCE);
    el.append(this.root);
    this.hands();
    this.root.addEventListener("keydown", (event) => this.onKey(event));
    this.undo.push(shield(this.root));
    for (const name of SENT) this.undo.push(store.on(name, () => void (this.stale = true)));
    // A place that somebody went to is brought into sight.
    for (const name of ["region", "cursor"]) this.undo.push(store.on(name, () => this.bring(name)));
    this.redraw = new Redraw(this.root, store, [...SENT, ...STATE], () => this.draw());
    const themes = new MutationObserver(() => this.redraw.request());
    for (const element of [document.body, document.documentElement]) themes.observe(element, { attributes: true });
    this.undo.push(() => themes.disconnect());
    const late = (): void => this.redraw.request();
    document.addEventListener("load", late, true); // a theme's style sheet may arrive after its name
    this.undo.push(() => document.removeEventListener("load", late, true));
  }

  // -- state ------------------------------------------------------------------------------------

  private get length(): number {
    return this.scene?.heights.length ?? 0;
  }

  private get count(): Count {
    return this.scene?.count ?? { start: 0, skips: false };
  }

  private get viewport(): Viewport {
    const value = this.store.get("viewport") as Viewport | null;
    return value ?? WHOLE;
  }

  private sight(): Sight {
    return sight(this.viewport, Math.max(1, this.length));
  }

  private get cursor(): number | null {
    const at = this.store.get("cursor");
    return typeof at === "number" ? indexOf(this.count, at) : null;
  }

  private get region(): readonly [number, number] | null {
    const value = this.store.get("region");
    return Array.isArray(value) ? [indexOf(this.count, value[0]), indexOf(this.count, value[1])] : null;
  }

  private commit(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.store.set(name, value);
    this.store.commit();
    this.redraw.request();
  }

  private see(viewport: Viewport, now: boolean): void {
    this.store.set("viewport", fitted(viewport, this.length));
    window.clearTimeout(this.settling);
    if (now) this.store.commit();
    else this.settling = window.setTimeout(() => this.store.commit(), SETTLE_MS);
    this.redraw.request();
  }

  private zoom(at: number, factor: number, now = true): void {
    if (this.scene) this.see(zoomAt(this.viewport, this.length, at, factor), now);
  }

  private turn(by: number): void {
    const next = Number(this.store.get("sample")) + by;
    if (next >= 0 && next < Number(this.store.get("_samples"))) this.commit({ sample: next });
  }

  private toggleMutations(): void {
    if (this.store.get("_asks")) this.commit({ mutations: !this.store.get("mutations") });
  }

  private bring(name: string): void {
    const at = name === "region" ? this.region : this.cursor === null ? null : ([this.cursor, this.cursor] as const);
    if (!at || !this.scene || this.dragged) return;
    const next = reveal(this.viewport, this.length, at[0], at[1]);
    if (Math.abs(next.x - this.viewport.x) > 1e-9) this.see(next, true);
  }

  // -- hands ------------------------------------------------------------------------------------

  private indexUnder(event: MouseEvent): number {
    const box = this.canvas.getBoundingClientRect();
    const { first, span } = this.sight();
    const part = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER - EDGE);
    return clamp(Math.floor(first + part * span), 0, this.length - 1);
  }

  private hands(): void {
    const { stage } = this;
    let press: { id: number; x: number; index: number } | null = null;
    stage.addEventListener("pointermove", (event) => {
      if (!this.scene) return;
      this.hovered = this.indexUnder(event);
      if (press && event.pointerId === press.id && (this.dragged || Math.abs(event.clientX - press.x) >= SLACK)) {
        if (!this.dragged) stage.setPointerCapture(event.pointerId);
        this.dragged = [Math.min(press.index, this.hovered), Math.max(press.index, this.hovered)];
      }
      this.redraw.request();
    });
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || press || !this.scene) return;
      press = { id: event.pointerId, x: event.clientX, index: this.indexUnder(event) };
      stage.focus({ preventScroll: true });
    });
    const release = (event: PointerEvent): void => {
      if (!press || event.pointerId !== press.id) return;
      const { dragged } = this;
      const { index } = press;
      press = null;
      this.dragged = null;
      if (event.type !== "pointerup") return this.redraw.request();
      this.anchor = null;
      if (dragged) this.choose(dragged[0], dragged[1]);
      else this.commit({ cursor: nameOf(this.count, index) });
    };
    stage.addEventListener("pointerup", release);
    stage.addEventListener("pointercancel", release);
    stage.addEventListener("pointerleave", () => {
      this.hovered = null;
      this.redraw.request();
    });
    stage.addEventListener("dblclick", () => this.see(WHOLE, true));
    stage.addEventListener(
      "wheel",
      (event) => {
        if (!this.scene || (!event.ctrlKey && document.activeElement !== stage)) return;
        event.preventDefault();
        const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 100 : 3;
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
          const by = (event.deltaX || event.deltaY) / unit;
          return this.see(panBy(this.viewport, this.length, 0.1 * by * this.sight().span), false);
        }
        const { first, span } = this.sight();
        const factor = 2 ** (-0.5 * clamp((event.deltaY / unit) * (event.ctrlKey ? 2 : 1), -4, 4));
        this.zoom(clamp((this.indexUnder(event) + 0.5 - first) / span, 0, 1), factor, false);
      },
      { passive: false },
    );
  }

  private choose(first: number, last: number): void {
    this.commit({ region: [nameOf(this.count, first), nameOf(this.count, last)] });
  }

  private step(by: number, extend: boolean): void {
    const from = this.cursor ?? (by > 0 ? -1 : this.length);
    const at = clamp(from + by, 0, this.length - 1);
    if (extend) {
      this.anchor ??= clamp(from, 0, this.length - 1);
      this.store.set("cursor", nameOf(this.count, at));
      this.choose(Math.min(this.anchor, at), Math.max(this.anchor, at));
    } else {
      this.anchor = null;
      this.commit({ cursor: nameOf(this.count, at) });
    }
    if (this.scene) write(this.spoken, sentence(this.scene, at));
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.scene) return;
    const target = event.target as HTMLElement;
    if (event.key === "Escape" && this.help.open) this.help.close();
    else if (target.closest("input[type=text], select")) return;
    else if (target !== this.stage && /^(Arrow|Home|End|Page|Enter| )/.test(event.key)) return;
    else if (!this.act(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private act(event: KeyboardEvent): boolean {
    const span = this.sight().span;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.step(-1, event.shiftKey),
      ArrowRight: () => this.step(1, event.shiftKey),
      Home: () => this.step(-this.length, event.shiftKey),
      End: () => this.step(this.length, event.shiftKey),
      PageUp: () => this.see(panBy(this.viewport, this.length, -0.9 * span), true),
      PageDown: () => this.see(panBy(this.viewport, this.length, 0.9 * span), true),
      "+": () => this.zoom(0.5, Math.SQRT2),
      "=": () => this.zoom(0.5, Math.SQRT2),
      "-": () => this.zoom(0.5, Math.SQRT1_2),
      "0": () => this.see(WHOLE, true),
      "[": () => this.turn(-1),
      "]": () => this.turn(1),
      n: () => this.found.step(1),
      p: () => this.found.step(-1),
      m: () => this.toggleMutations(),
      "?": () => this.help.toggle(),
      Escape: () => this.commit(this.region ? { region: null } : { cursor: null }),
    };
    if (!Object.hasOwn(keys, event.key)) return false;
    keys[event.key]();
    return true;
  }

  // -- drawing ----------------------------------------------------------------------------------

  private read(): Scene | null {
    const bytes = (name: string): DataView | null => {
      const value = this.store.get(name);
      return value instanceof DataView && value.byteLength > 0 ? value : null;
    };
    const alphabet = String(this.store.get("_alphabet") ?? "");
    const present = bytes("_letters");
    const high = bytes("_heights");
    if (!present || !high || alphabet.length < 3) return null;
    const heights: Heights = { values: floats(high), letters: alphabet.length - 1, length: present.byteLength };
    const both = sides(heights);
    this.sums0 = sumsBefore(both);
    const changed = bytes("_change");
    const change = changed ? floats(changed) : null;
    const { pen, letters } = this.store.get("_glyphs") as { pen: number; letters: Record<string, Glyph> };
    return {
      heights,
      sides: both,
      present: new Uint8Array(present.buffer, present.byteOffset, present.byteLength),
      alphabet,
      glyphs: letters,
      pen,
      count: this.store.get("_count") as Count,
      above: most(both.above),
      below: most(both.below),
      change,
      changeLimit: change ? changeLimit(change) : 0,
      cmap: "",
      cursor: null,
      region: null,
      found: [],
    };
  }

  private draw(): void {
    if (this.stale) {
      this.stale = false;
      this.scene = this.read();
    }
    const { scene, store } = this;
    for (const part of [this.stage, this.readout]) part.hidden = !scene;
    this.status.update("", scene !== null, "There is no sequence yet: set the view's explanation.");
    this.words(scene);
    if (scene) this.paint(scene);
    this.found.update(Number(store.get("_samples")) > 1);
    this.root.dataset.ready = String(++this.frames);
  }

  private paint(scene: Scene): void {
    const limit = this.store.get("limit");
    const fixed = typeof limit === "number" ? limit : Infinity;
    const shown: Scene = {
      ...scene,
      above: Math.min(most(scene.sides.above), fixed),
      below: Math.min(most(scene.sides.below), fixed),
      cmap: String(this.store.get("cmap") ?? ""),
      cursor: this.cursor,
      region: this.dragged ?? this.region,
      found: readMatches(this.store)
        .filter((match) => match.sample === Number(this.store.get("sample")))
        .map((match) => [indexOf(scene.count, match.first), indexOf(scene.count, match.last) + 1] as const),
    };
    this.width = Math.max(160, this.stage.clientWidth);
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(this.width * ratio), Math.round(heightOf(shown) * ratio)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    this.canvas.style.height = `${heightOf(shown)}px`;
    const context = this.canvas.getContext("2d");
    if (context) paint(context, shown, this.sight(), this.width, ratio, this.theme());
    const { first, span } = this.sight();
    this.scroll.hidden = span >= this.length - 1e-6;
    this.scroll.value = String(span < this.length ? first / (this.length - span) : 0);
    this.scroll.style.setProperty("--lrpw-part", `${100 * this.scroll.valueAsNumber}%`);
    const from = nameOf(scene.count, Math.max(0, Math.floor(first)));
    const to = nameOf(scene.count, Math.min(this.length, Math.ceil(first + span)) - 1);
    this.scroll.setAttribute("aria-valuetext", `positions ${from} to ${to}`);
    this.in.disabled = this.viewport.zoom >= maxZoom(this.length) - 1e-6;
    this.out.disabled = this.whole.disabled = this.scroll.hidden;
    this.drawScale(shown);
  }

  private drawScale(scene: Scene): void {
    this.scale.hidden = !scene.change;
    if (!scene.change) return;
    const context = this.bar.getContext("2d");
    const picture = new ImageData(255, 1);
    paintMap(new Uint32Array(picture.data.buffer), Uint8Array.from({ length: 255 }, (_, at) => at), lut(scene.cmap));
    context?.putImageData(picture, 0, 0);
    write(this.low, signed(-scene.changeLimit));
    write(this.high, signed(scene.changeLimit));
  }

  private words(scene: Scene | null): void {
    const caption = (this.store.get("_caption") ?? {}) as Record<string, unknown>;
    const asked = [caption.target, caption.minus].filter((word) => typeof word === "string").join(" \u2212 ");
    write(this.target, asked);
    const how = [caption.sums, caption.method, caption.rules, caption.note].filter((word) => typeof word === "string");
    write(this.sums, how.join(" \u00b7 "));
    this.stage.setAttribute("aria-label", asked ? `Relevance for ${asked}` : "Relevance");
    const count = Number(this.store.get("_samples"));
    this.samples.hidden = count < 2;
    const sample = Number(this.store.get("sample"));
    write(this.which, `${sample} of 0..${count - 1}`);
    this.before.disabled = sample <= 0;
    this.after.disabled = sample >= count - 1;
    const asks = Boolean(this.store.get("_asks"));
    this.mutate.disabled = !asks;
    this.mutate.title = asks ? "What every other letter would change (m)" : "Needs the model: lw.view(explanation, model=model)";
    this.mutate.setAttribute("aria-pressed", String(Boolean(this.store.get("mutations"))));
    const motif = String(this.store.get("motif") ?? "");
    if (document.activeElement !== this.motif && this.motif.value !== motif) this.motif.value = motif;
    const most = Math.min(10, Math.max(0, motif.length - 1));
    const allowed = Array.from({ length: Math.max(most, Number(this.store.get("mismatches"))) + 1 }, (_, n) => n);
    this.differ.update(
      String(this.store.get("mismatches") ?? 0),
      allowed.map((n) => ({ value: String(n), label: n === 0 ? "exactly" : `${n} may differ` })),
    );
    if (!scene) return;
    const stretch = this.dragged ?? this.region;
    const at = this.hovered ?? this.cursor;
    const parts: string[] = [];
    if (at !== null && !this.dragged && at < scene.heights.length) parts.push(sentence(scene, at));
    if (stretch) parts.push(this.stretch(scene, stretch[0], stretch[1]));
    write(this.readout, parts.join(" \u00b7 ") || "Hover to read values, drag to choose a motif. ? shows the keys.");
    this.readout.classList.toggle("lrpw-muted", parts.length === 0);
  }

  private stretch(scene: Scene, first: number, last: number): string {
    const sum = this.sums0[last + 1] - this.sums0[first];
    const whole = this.sums0[this.sums0.length - 1];
    let letters = "";
    for (let at = first; at <= Math.min(last, first + 39); at++) letters += scene.alphabet[scene.present[at]] ?? "?";
    const cut = last > first + 39 ? "\u2026" : "";
    const part = `${nameOf(scene.count, first)}..${nameOf(scene.count, last)}`;
    return `${letters}${cut} at ${part}: sum R ${signed(sum)} of ${plain(whole)}`;
  }

  private theme(): Theme {
    const colour = (name: string): string => {
      this.probe.style.color = `var(--lrpw-${name})`;
      return getComputedStyle(this.probe).color;
    };
    const text = colour("text");
    const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { text, quiet: colour("quiet"), accent: colour("accent"), surface: colour("surface"), dark: red + green + blue > 384 };
  }

  dispose(): void {
    window.clearTimeout(this.settling);
    for (const undo of this.undo.splice(0)) undo();
    this.redraw.dispose();
    this.status.dispose();
    this.root.remove();
  }
}

function floats(view: DataView): Float32Array {
  const { buffer, byteOffset, byteLength } = view;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength / 4);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
