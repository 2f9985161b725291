/** The pixel-flipping player in `el`, driven by a store. What is known is in the page: looking at it asks nobody. */
import { h, write } from "../dom";
import { clamp } from "../geometry";
import { Help } from "../help";
import { Redraw } from "../redraw";
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
/** A hand that rests this long has ended its gesture. */
const REST_MS = 250;

export function mountFlipping(el: HTMLElement, store: Store): () => void {
  const view = new FlipView(el, store);
  return () => view.dispose();
}

class FlipView implements Commands, Played {
  private readonly root = h("div", { class: "lrpw-view lrpw-flipping", role: "group", "aria-label": "Pixel-flipping" });
  private readonly pictures = new Pictures();
  private readonly curves = new Curves();
  private readonly table = new Table(({ method, removal }) => this.set({ method, removal }));
  private readonly help = new Help(KEYS);
  private readonly controls = new Controls(this, this.help);
  private readonly notes = h("div");
  private readonly caveat = h("div", { class: "lrpw-caveat", role: "note" });
  private readonly status: Status;
  private readonly player = new Player(this);
  private readonly redraw: Redraw;
  private readonly undo: (() => void)[] = [];
  private painter: FlipPainter | null = null;
  private stale = true;
  private problem = "";
  private frames = 0;
  private rest = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
  ) {
    this.status = new Status(this.root, store);
    this.pictures.element.append(this.status.progress);
    // The Stop button goes away once it is pressed: the keys should still mean the player.
    this.status.progress.addEventListener("click", () => this.pictures.element.focus({ preventScroll: true }));
    this.root.append(
      this.status.element,
      this.pictures.element,
      this.controls.transport,
      this.curves.element,
      h("div", { class: "lrpw-scroll" }, this.table.element),
      this.controls.options,
      h("div", { class: "lrpw-words" }, this.notes, this.caveat),
      this.help.element,
    );
    adoptStyle(el, FLIPPING);
    el.append(this.root);
    this.scrubbing();
    this.undo.push(keyboard(this.root, this, this.help));
    for (const name of WIRE_NAMES) this.undo.push(store.on(name, () => void (this.stale = true)));
    this.redraw = new Redraw(this.root, store, [...OPTION_NAMES, ...STATE_NAMES, ...WIRE_NAMES], () => this.draw());
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
    this.store.set("step", step);
    this.redraw.request();
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
    this.show(clamp(step, 0, this.known));
    this.soon();
  }

  by(steps: number): void {
    this.go(this.step + steps);
  }

  toggle(): void {
    this.player.toggle();
  }

  scrub(step: number): void {
    this.player.pause();
    window.clearTimeout(this.rest);
    this.show(clamp(step, 0, this.known));
  }

  settle(): void {
    this.commit();
  }

  set(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) this.store.set(name, value);
    this.commit();
    this.redraw.request();
  }

  again(): void {
    this.store.send?.({ kind: "run" });
  }

  private soon(): void {
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => this.commit(), REST_MS);
  }

  private commit(): void {
    window.clearTimeout(this.rest);
    this.rest = 0;
    this.store.commit();
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

  private draw(): void {
    if (this.stale) this.load();
    const options = this.now();
    this.root.classList.toggle("lrpw-none", !options);
    this.status.update(this.problem, !!options, "Nothing to show yet.");
    if (!options || !this.painter) return;
    const film = this.painter.source;
    const { step } = this;
    const width = Math.max(160, this.root.clientWidth - 2 * PADDING);
    const { track, cmap, pixelated } = options;
    this.pictures.draw(this.painter, { track, step, cmap, pixelated }, width);
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

  dispose(): void {
    this.player.pause();
    if (this.rest) this.commit();
    for (const undo of this.undo.splice(0)) undo();
    this.redraw.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
