/** The pixel-flipping player in `el`, driven by a store. What is known is in the page: looking at it asks nobody. */
import { h, write } from "../dom";
import { clamp, WHOLE } from "../geometry";
import { gestures } from "../heatmap/gestures";
import { Hands } from "../heatmap/hands";
import { readOptions as readView } from "../heatmap/options";
import { Readout } from "../heatmap/readout";
import { HEATMAP } from "../heatmap/style";
import { Help } from "../help";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { type Commands, Controls } from "./controls";
import { Curves } from "./curves";
import { readFilm, WIRE_NAMES } from "./film";
import { keyboard, KEYS } from "./keyboard";
import { type Options, OPTION_NAMES, readOptions } from "./options";
import { FlipPainter } from "./painter";
import { Pictures } from "./pictures";
import { type Played, Player } from "./player";
import { FLIPPING } from "./style";
import { Table } from "./table";

const STATE_NAMES = ["status", "progress", "error"];
const PADDING = 8;

export function mountFlipping(el: HTMLElement, store: Store): () => void {
  const view = new FlipView(el, store);
  return () => view.dispose();
}

class FlipView extends Hands implements Commands, Played {
  painter: FlipPainter | null = null;
  private readonly pictures = new Pictures();
  private readonly curves = new Curves();
  private readonly table = new Table(({ method, removal }) => this.ask({ method, removal }));
  private readonly help = new Help(KEYS);
  private readonly controls = new Controls(this, this.help);
  private readonly notes = h("div");
  private readonly caveat = h("div", { class: "lrpw-caveat", role: "note" });
  private readonly status: Status;
  private readonly player = new Player(this);
  private readonly readout = new Readout();
  private stale = true;
  private problem = "";
  private frames = 0;

  constructor(el: HTMLElement, store: Store) {
    super(store, "flipping", "Pixel-flipping", [...OPTION_NAMES, ...STATE_NAMES, ...WIRE_NAMES]);
    this.status = new Status(this.root, store);
    this.pictures.element.append(this.status.progress);
    // The Stop button goes away once it is pressed: the keys should still mean the player.
    this.status.progress.addEventListener("click", () => this.pictures.element.focus({ preventScroll: true }));
    this.root.append(
      this.status.element,
      this.pictures.element,
      this.readout.element,
      this.controls.transport,
      this.curves.element,
      h("div", { class: "lrpw-scroll" }, this.table.element),
      this.controls.options,
      h("div", { class: "lrpw-flip-words" }, this.notes, this.caveat),
      this.help.element,
      this.heard,
    );
    adoptStyle(el, HEATMAP);
    adoptStyle(el, FLIPPING);
    el.append(this.root);
    this.scrubbing();
    this.undo.push(keyboard(this.root, this, this.help));
    gestures(this, this.pictures, (event) => !!(event.target as HTMLElement).closest("button"));
    for (const name of WIRE_NAMES) this.undo.push(store.on(name, () => void (this.stale = true)));
  }

  // -- what the player asks

  get step(): number {
    const options = this.now();
    return options ? Math.min(options.step, options.track.steps) : 0;
  }

  get known(): number {
    return this.now()?.track.steps ?? 0;
  }

  get growing(): boolean {
    return this.store.get("status") === "busy" && this.known < (this.painter?.source.total ?? 0);
  }

  get speed(): number {
    return this.now()?.speed ?? 1;
  }

  show(step: number): void {
    this.put({ step }, "never");
  }

  changed(): void {
    if (!this.player.playing) this.commit();
    this.redraw.request();
  }

  private now(): Options | null {
    return this.painter && readOptions(this.store, this.painter.source);
  }

  // -- what hands ask

  get live(): boolean {
    return !!this.store.send;
  }

  go(step: number): void {
    this.player.pause();
    this.put({ step: clamp(step, 0, this.known) }, "soon");
  }

  by(steps: number): void {
    this.go(this.step + steps);
  }

  toggle(): void {
    this.player.toggle();
  }

  scrub(step: number): void {
    this.player.pause();
    this.show(clamp(step, 0, this.known));
  }

  settle(): void {
    this.commit();
  }

  ask(values: Record<string, unknown>): void {
    this.put(values, "now");
  }

  zoom(factor: number): void {
    this.pictures.zoom(this, factor);
  }

  whole(): void {
    this.set({ viewport: WHOLE }, "soon");
  }

  again(): void {
    this.store.send?.({ kind: "run" });
  }

  /** A drag on the curves: every move shows its step, and the kernel hears of the last one. */
  private scrubbing(): void {
    const { element } = this.curves;
    let pointer: number | null = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || pointer !== null) return;
      pointer = event.pointerId;
      element.setPointerCapture(pointer);
      element.focus({ preventScroll: true });
      this.scrub(this.curves.stepAt(event));
    });
    element.addEventListener("pointermove", (event) => {
      if (event.pointerId === pointer) this.scrub(this.curves.stepAt(event));
    });
    const release = (event: PointerEvent): void => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      this.settle();
    };
    element.addEventListener("pointerup", release);
    element.addEventListener("pointercancel", release);
  }

  // -- drawing

  protected draw(): void {
    if (this.stale) this.load();
    const options = this.now();
    this.root.classList.toggle("lrpw-none", !options);
    this.status.update(this.problem, !!options, "Nothing to show yet.");
    if (!options || !this.painter) return;
    const film = this.painter.source;
    const { step } = this;
    const width = Math.max(160, this.root.clientWidth - 2 * PADDING);
    const { track, cmap, pixelated } = options;
    const look = { track, step, cmap, pixelated };
    this.options = readView(this.store, { ...film, channelNames: [] });
    this.pictures.draw(this.painter, look, this.options, width);
    this.readout.show(this.options.cursor && this.painter.read(look, ...this.options.cursor));
    this.curves.update(film, track, step, options.score, Math.min(width, 960));
    this.table.update(film, track, step, options.score);
    const busy = this.store.get("status") === "busy";
    this.controls.update(film, options, step, this.player.playing, busy, this.store.get("removal"));
    const order = film.order ? [`${film.order} relevant first, target ${film.target}`] : [];
    const stopped = !busy && this.live && track.steps < film.total ? [`stopped after ${track.steps} of ${film.total} steps`] : [];
    write(this.notes, [...stopped, ...order, ...film.notes].join(". "));
    const unsure = film.recomputed && options.score === "probability";
    write(this.caveat, unsure ? `${film.caveat} ${film.inseparable}` : film.caveat);
    this.root.dataset.step = String(step);
    this.root.dataset.known = String(track.steps);
    this.root.dataset.ready = String(++this.frames);
  }

  /** Reads new arrays. What contradicts itself is told, and the last good picture stays. */
  private load(): void {
    this.stale = false;
    try {
      const film = readFilm(this.store);
      this.painter = film && new FlipPainter(film);
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  override dispose(): void {
    this.player.pause();
    super.dispose();
    this.status.dispose();
  }
}
