/** A recording and its relevance in `el`, driven by a store: traces, head, and a window of time that both share. */
import { button, h, menu, write } from "../dom";
import { percent, plain, signed } from "../format";
import { clamp, type Viewport, WHOLE } from "../geometry";
import { Caption } from "../heatmap/caption";
import { ColourBar } from "../heatmap/colourbar";
import { PictureView } from "../heatmap/picture";
import { HEATMAP } from "../heatmap/style";
import { Toolbar } from "../heatmap/toolbar";
import type { Commit, View } from "../heatmap/view";
import { Help } from "../help";
import { type Ink, onTheme, Palette } from "../ink";
import { fitted, panBy, reveal, sight, type Sight, zoomAt } from "../sequence/axis";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { Bars } from "./bars";
import { scaleOf } from "./columns";
import { stageHands } from "./hand";
import { Head } from "./head";
import { KEYS, signalKeys } from "./keys";
import { channelAt, GUTTER, MOST_ROWS, middleOf, type Place, placeOf, yShowing } from "./place";
import { SIGNAL } from "./style";
import { acrossChannels, pooled, strongest, sumsBefore, total } from "./sums";
import { paintNames, paintTraces } from "./traces";
import { moved, sampleAt, type Samples, samplesIn, timeOf, widened, windowOf } from "./window";
import { type HeadShape, pictureStore, readHead, readRecording, type Recording, WIRE } from "./wire";

const WIDE = 800; // CSS pixels from which the head stands beside the traces
const NO_HEAD = "No head: the electrodes' places are not known. lw.signal(..., positions=...) says them.";
const HINT = "Hover to read values, drag to choose a window of time. ? shows the keys.";
const NONE = "";

interface Loaded {
  recording: Recording;
  head: HeadShape | null;
  sums: Float64Array;
  across: Float32Array;
  middles: Float32Array;
  size: number;
}

export function mountSignal(el: HTMLElement, store: Store): () => void {
  const view = new SignalPanel(el, store);
  return () => view.dispose();
}

class SignalPanel extends PictureView {
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private readonly still = document.createElement("canvas"); // what does not follow the hand
  private readonly stage = h("div", { class: "lrpw-stage", role: "application", "aria-roledescription": "recording", tabindex: 0 }, this.canvas);
  private readonly along = h("input", { class: "lrpw-slider lrpw-sig-along", type: "range", min: 0, max: 1, step: "any", "aria-label": "Along the time" });
  private readonly readout = h("div", { class: "lrpw-readout" });
  private readonly sum = h("div", { class: "lrpw-sig-sum" });
  private readonly span = h("div", { class: "lrpw-muted" });
  private readonly noHead = h("div", { class: "lrpw-empty" }, NO_HEAD);
  private readonly head = new Head();
  private readonly headBar = new ColourBar();
  private readonly bars = new Bars();
  private readonly map = h("div", { class: "lrpw-sig-map" }, this.head.canvas, this.headBar.element);
  private readonly caption = new Caption();
  private readonly bar = new ColourBar();
  private readonly help = new Help(KEYS);
  private readonly tools = new Toolbar(this, null, this.help);
  private readonly channels = menu("Channel", "The chosen channel (up and down)", (name) =>
    this.put({ channel: name === NONE ? null : name }, "now"),
  );
  private readonly rows: HTMLElement;
  private readonly palette = new Palette();
  private readonly status: Status;
  private loaded: Loaded | null = null;
  private fresh = true;
  private drawn = ""; // what `still` shows
  private hovered: { at: number | null; channel: number | null } = { at: null, channel: null };
  private place: Place = placeOf(640, 1, null, 0, true);
  private frames = 0;

  constructor(el: HTMLElement, private readonly raw: Store) {
    super(pictureStore(raw), "signal", "Relevance of a recording", [...WIRE, "window", "cursor", "rows", "_traces"]);
    for (const name of WIRE) this.undo.push(raw.on(name, () => void (this.fresh = true)));
    this.status = new Status(this.root, this.store);
    this.rows = h(
      "div", { role: "group", "aria-label": "Traces" },
      h("span", { class: "lrpw-label" }, "Traces"),
      button("\u2212", "Fewer and taller traces (t)", () => this.taller(0.5)),
      button("+", "More traces (T)", () => this.taller(2)),
    );
    const zoom = h(
      "div", { role: "group", "aria-label": "Time" },
      h("span", { class: "lrpw-label" }, "Time"),
      button("\u2212", "Zoom out (-)", () => this.zoom(Math.SQRT1_2, 0.5)),
      button("+", "Zoom in (+)", () => this.zoom(Math.SQRT2, 0.5)),
      button("All", "Show everything (0)", () => this.whole()),
      button("No window", "Pool the whole recording (Esc)", () => this.put({ window: null }, "now")),
    );
    const own = h("div", { class: "lrpw-sig-tools" }, h("div", {}, this.channels.element), zoom, this.rows);
    const main = h("div", { class: "lrpw-sig-main" }, this.stage, this.along, this.bar.element, this.readout, own);
    const list = h("div", { class: "lrpw-sig-list" }, this.sum, this.span, this.bars.element);
    const head = h("div", { class: "lrpw-sig-head" }, this.map, list, this.noHead);
    const side = h("div", { class: "lrpw-sig-side" }, this.caption.element, this.tools.element);
    this.root.append(
      this.status.progress, this.status.element, h("div", { class: "lrpw-sig-body" }, head, main, side),
      this.help.element, this.heard, this.palette.element,
    );
    adoptStyle(el, HEATMAP);
    adoptStyle(el, SIGNAL);
    el.append(this.root);
    this.hands();
    this.undo.push(onTheme(() => {
      this.drawn = "";
      this.redraw.request();
    }));
  }

  // -- state ------------------------------------------------------------------------------------

  private get traced(): boolean {
    return this.raw.get("_traces") !== false;
  }

  private get count(): number {
    return this.loaded?.recording.names.length ?? 1;
  }

  private get samples(): number {
    return this.loaded?.recording.samples ?? 1;
  }

  private get viewport(): Viewport {
    const { x, y, zoom } = (this.raw.get("viewport") ?? {}) as Partial<Viewport>;
    const port = { x: Number(x) || 0, y: 0, zoom: Number(zoom) || 1 };
    return { ...fitted(port, this.samples), y: Number(y) || 0 };
  }

  private sight(): Sight {
    return sight(this.viewport, this.samples);
  }

  private see(viewport: Viewport, commit: Commit = "soon", y = this.viewport.y): void {
    this.put({ viewport: { ...fitted(viewport, this.samples), y } }, commit);
  }

  private get chosen(): number | null {
    const at = this.loaded?.recording.names.indexOf(String(this.raw.get("channel"))) ?? -1;
    return at < 0 ? null : at;
  }

  private get fixedAt(): number | null {
    const time = this.raw.get("cursor");
    return this.loaded && typeof time === "number" ? sampleAt(this.loaded.recording, time) : null;
  }

  /** What is pooled; everything without a window. */
  private get pool(): Samples {
    return this.loaded ? samplesIn(this.loaded.recording, this.raw.get("window")) : [0, 1];
  }

  private get window(): Samples | null {
    return this.raw.get("window") ? this.pool : null;
  }

  private choose(window: Samples | null, commit: Commit): void {
    if (!this.loaded) return;
    this.put({ window: window && windowOf(this.loaded.recording, window) }, commit);
  }

  // -- hands ------------------------------------------------------------------------------------

  private hands(): void {
    const view = this;
    stageHands(this.stage, {
      get samples() {
        return view.samples;
      },
      get window() {
        return view.window;
      },
      get perPixel() {
        return view.sight().span / view.place.room;
      },
      under: (event) => this.under(event),
      hover: (at, channel) => this.point(at, channel),
      choose: (window, done) => this.choose(window, done ? "now" : "never"),
      pin: (at, channel) => this.pinAt(at, channel ?? this.chosen),
      wheel: (event) => this.wheel(event),
      whole: () => this.whole(),
    });
    const { canvas } = this.head;
    canvas.addEventListener("pointermove", (event) => this.point(null, this.head.under(event)));
    canvas.addEventListener("pointerleave", () => this.point(null, null));
    canvas.addEventListener("click", (event) => {
      const at = this.head.under(event as PointerEvent);
      if (at !== null && this.loaded) this.put({ channel: this.loaded.recording.names[at] }, "soon");
    });
    this.along.addEventListener("input", () => {
      const { span } = this.sight();
      const free = this.samples - span;
      this.see({ ...this.viewport, x: this.along.valueAsNumber * free + span / 2 - this.samples / 2 });
    });
    this.undo.push(
      signalKeys(this, this.help, {
        step: (by) => this.step(by),
        turn: (by) => this.turn(by),
        slide: (steps) => this.slide((window) => moved(window, steps * this.stride(), this.samples)),
        widen: (steps) => this.slide((window) => widened(window, steps * this.stride(), this.samples)),
        zoom: (factor) => this.zoom(factor, 0.5),
        page: (parts, channels) => this.page(parts, channels),
        taller: (factor) => this.taller(factor),
        whole: () => this.whole(),
        clear: () => this.put(this.window ? { window: null } : { cursor: null, channel: null }, "now"),
      }),
    );
  }

  private under(event: MouseEvent): { at: number; channel: number | null; onTraces: boolean } {
    const box = this.canvas.getBoundingClientRect();
    const { first, span } = this.sight();
    const y = event.clientY - box.y;
    const at = first + ((event.clientX - box.x - GUTTER) / this.place.room) * span;
    const channel = channelAt(this.place, y);
    return { at, channel: channel === null ? null : Math.min(channel, this.count - 1), onTraces: channel !== null };
  }

  private point(at: number | null, channel: number | null): void {
    this.hovered = { at, channel };
    this.redraw.request();
  }

  private pinAt(at: number, channel: number | null): void {
    if (!this.loaded) return;
    const { recording } = this.loaded;
    const name = channel === null ? {} : { channel: recording.names[channel] };
    this.put({ cursor: timeOf(recording, at), ...name }, "soon");
  }

  private step(by: number): void {
    const at = clamp((this.fixedAt ?? (by > 0 ? -1 : this.samples)) + by, 0, this.samples - 1);
    this.pinAt(at, this.chosen ?? 0);
    this.see(reveal(this.viewport, this.samples, at, at));
    this.announce(this.sentence(at, this.chosen));
  }

  private turn(by: number): void {
    const to = clamp((this.chosen ?? (by > 0 ? -1 : this.count)) + by, 0, this.count - 1);
    if (!this.loaded) return;
    this.put({ channel: this.loaded.recording.names[to] }, "soon");
    if (this.place.rows) this.see(this.viewport, "soon", yShowing(this.place, this.count, to));
    this.announce(this.sentence(this.fixedAt, to));
  }

  /** Without a window one of a tenth of what is in sight appears around the cursor. */
  private slide(change: (window: Samples) => Samples): void {
    const { first, span } = this.sight();
    const size = Math.max(1, Math.round(span / 10));
    const start = clamp(Math.round((this.fixedAt ?? first + span / 2) - size / 2), 0, this.samples - size);
    this.choose(this.window ? change(this.window) : [start, start + size], "soon");
    this.announce(`${this.spanText()}: ${this.sumText()}`);
  }

  private stride(): number {
    return Math.max(1, Math.round(this.sight().span / 200));
  }

  private zoom(factor: number, at: number): void {
    this.see(zoomAt(this.viewport, this.samples, at, factor));
  }

  private page(parts: number, channels: boolean): void {
    if (channels) this.see(this.viewport, "soon", this.viewport.y + Math.round(parts * this.place.rows));
    else this.see(panBy(this.viewport, this.samples, parts * this.sight().span));
  }

  private taller(factor: number): void {
    const rows = clamp(Math.round(this.place.rows * factor), 1, Math.min(this.count, MOST_ROWS));
    const first = this.chosen ?? this.place.first + this.place.rows / 2;
    this.put({ rows: rows >= this.count ? null : rows }, "soon");
    this.see(this.viewport, "soon", clamp(first, rows / 2, this.count - rows / 2) - this.count / 2);
  }

  private whole(): void {
    this.put({ viewport: WHOLE, rows: null }, "now");
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && document.activeElement !== this.stage) return;
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 100 : 3;
    const { first, span } = this.sight();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      return this.see(panBy(this.viewport, this.samples, (0.1 * span * (event.deltaX || event.deltaY)) / unit));
    }
    const factor = 2 ** (-0.5 * clamp((event.deltaY / unit) * (event.ctrlKey ? 2 : 1), -4, 4));
    this.zoom(factor, clamp((this.under(event).at - first) / span, 0, 1));
  }

  // -- drawing ----------------------------------------------------------------------------------

  private readLoaded(): Loaded | null {
    const recording = readRecording(this.raw);
    if (!recording) return null;
    const { names, samples, signal, relevance } = recording;
    return {
      recording,
      head: readHead(this.raw, names.length),
      sums: sumsBefore(relevance, names.length, samples),
      across: acrossChannels(relevance, names.length, samples),
      ...scaleOf(signal, names.length),
    };
  }

  protected override draw(): void {
    this.refresh();
    if (this.fresh) {
      this.fresh = false;
      this.drawn = "";
      try {
        this.loaded = this.readLoaded();
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
      }
    }
    const { loaded } = this;
    this.root.classList.toggle("lrpw-wide", this.root.clientWidth >= WIDE && this.traced);
    this.root.classList.toggle("lrpw-none", !loaded);
    this.status.update(this.problem, loaded !== null, "Nothing to show yet. Set the view's explanation.");
    this.caption.update(this);
    if (!loaded) return;
    const at = this.hovered.at ?? this.fixedAt;
    const channel = this.hovered.channel ?? this.chosen;
    this.options.cursor = at === null || channel === null ? null : [channel, at];
    const ink = this.palette.read();
    this.paint(loaded, at, channel, ink);
    this.paintHead(loaded, channel, ink);
    this.bar.element.hidden = !this.traced;
    this.bar.update(this);
    this.tools.update();
    this.controls(loaded);
    this.tell(at, channel);
    this.root.dataset.ready = String(++this.frames);
  }

  private paint(loaded: Loaded, at: number | null, channel: number | null, ink: Ink): void {
    const { recording } = loaded;
    const asked = this.raw.get("rows");
    const seen = this.sight();
    const rows = typeof asked === "number" && asked >= 1 ? Math.trunc(asked) : null;
    const place = placeOf(Math.max(200, this.stage.clientWidth), this.count, rows, this.viewport.y, this.traced);
    this.place = place;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(place.width * ratio), Math.round(place.height * ratio)];
    const { limit, opacity, cmap } = this.options;
    const key = JSON.stringify([size, place, seen, limit, opacity, cmap, ink]);
    if (key !== this.drawn) {
      for (const canvas of [this.still, this.canvas]) [canvas.width, canvas.height] = size;
      this.canvas.style.height = `${place.height}px`;
      const context = this.still.getContext("2d");
      if (context) paintTraces(context, { ...loaded, limit: limit ?? 0, opacity, cmap }, seen, place, ratio, ink);
      this.drawn = key;
    }
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (place.rows) paintNames(context, recording.names, channel, place, ink);
    context.beginPath();
    context.rect(GUTTER, 0, place.room, place.height);
    context.save();
    context.clip();
    const x = (sample: number): number => GUTTER + ((sample - seen.first) / seen.span) * place.room;
    const chosen = this.window;
    if (chosen) {
      const [from, to] = chosen.map(x);
      context.globalCompositeOperation = "destination-out"; // what is not pooled fades; the rest stays as it is
      context.globalAlpha = 0.6;
      context.fillRect(GUTTER, 0, from - GUTTER, place.ruler);
      context.fillRect(to, 0, place.width - to, place.ruler);
      context.globalCompositeOperation = "source-over";
      context.globalAlpha = 1;
      context.fillStyle = ink.accent;
      for (const edge of [from, to]) context.fillRect(edge - 1, 0, 2, place.ruler);
      context.fillRect(from, place.ruler - 4, to - from, 4);
    }
    if (at !== null) {
      context.fillStyle = ink.text;
      context.fillRect(x(at + 0.5) - 0.5, 0, 1, place.ruler);
      if (channel !== null && place.rows) {
        const y = middleOf(place, channel);
        const tall = Math.max(8, place.pitch);
        context.strokeStyle = ink.accent;
        context.strokeRect(x(at + 0.5) - 4, y - tall / 2, 8, tall);
      }
    }
    context.restore();
  }

  private paintHead({ recording, head, sums }: Loaded, channel: number | null, ink: Ink): void {
    const values = pooled(sums, this.count, ...this.pool);
    const limit = Math.max(...values.map(Math.abs));
    this.map.hidden = !head;
    this.noHead.hidden = !!head;
    write(this.sum, this.sumText(values));
    write(this.span, this.spanText());
    this.bars.update(values, recording.names, this.options.cmap);
    if (!head) return;
    this.head.update(head, values, recording.names, [channel], limit, this.options.cmap, ink);
    const most = strongest(values, 3).map((at) => `${recording.names[at]} ${signed(values[at])}`);
    this.head.canvas.setAttribute("aria-label", `Head from above, R summed over the window; most at ${most.join(", ")}`);
    const options = { ...this.options, layout: "map", limit, limit_rule: "max", cursor: null };
    this.headBar.update({ ...this.asView(), options } as View, "window's sums");
  }

  private asView(): Pick<View, "painter" | "store" | "root"> {
    return { painter: this.painter, store: this.store, root: this.root };
  }

  private controls({ recording }: Loaded): void {
    const names = recording.names.map((value) => ({ value, label: value }));
    this.channels.update(String(this.raw.get("channel") ?? NONE), [{ value: NONE, label: "none" }, ...names]);
    this.rows.hidden = !this.traced || this.count < 2;
    const { first, span } = this.sight();
    this.along.hidden = span >= this.samples - 1e-6;
    this.along.value = String(span < this.samples ? first / (this.samples - span) : 0);
    this.along.style.setProperty("--lrpw-part", `${100 * this.along.valueAsNumber}%`);
    this.along.setAttribute("aria-valuetext", `${plain(timeOf(recording, first))} to ${plain(timeOf(recording, first + span))} s`);
    this.stage.setAttribute("aria-label", `${this.traced ? "Traces" : "Time"}. ${this.caption.sentence()}. ${this.spanText()}: ${this.sumText()}. Press ? for the keys.`);
  }

  private tell(at: number | null, channel: number | null): void {
    const words = this.sentence(at, channel);
    write(this.readout, words || HINT);
    this.readout.classList.toggle("lrpw-muted", !words);
  }

  // -- words ------------------------------------------------------------------------------------

  private sentence(at: number | null, channel: number | null): string {
    if (!this.loaded || (at === null && channel === null)) return "";
    const { recording, sums, across } = this.loaded;
    if (channel === null) return `${this.time(at ?? 0)}: R ${signed(across[at ?? 0])} of all channels`;
    const name = recording.names[channel];
    const [first, end] = this.pool;
    const row = channel * (recording.samples + 1);
    const part = `R ${signed(sums[row + end] - sums[row + first])} in the window`;
    if (at === null) return `${name}: ${part}`;
    const index = channel * recording.samples + at;
    const value = `${plain(recording.signal[index])} ${recording.unit}`.trim();
    return `${name} at ${this.time(at)}: ${value}, R ${signed(recording.relevance[index])}; ${part}`;
  }

  private sumText(values?: Float64Array): string {
    if (!this.loaded) return "";
    const { recording, sums } = this.loaded;
    const sum = total(values ?? pooled(sums, this.count, ...this.pool));
    const share = recording.score ? `, ${percent(sum / recording.score)} of f ${plain(recording.score)}` : "";
    return `sum R ${signed(sum, 6)}${share}`;
  }

  private spanText(): string {
    const [first, end] = this.pool;
    if (!this.window) return "whole recording";
    const { recording } = this.loaded as Loaded;
    const [from, to] = windowOf(recording, [first, end]).map((time) => Number(time.toPrecision(6)));
    return `window ${from} to ${to} s (${end - first} sample${end - first > 1 ? "s" : ""})`;
  }

  private time(at: number): string {
    return `${Number(timeOf((this.loaded as Loaded).recording, at).toPrecision(6))} s`;
  }

  override dispose(): void {
    super.dispose();
    this.status.dispose();
  }
}
