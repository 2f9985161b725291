/** The curves of all methods over the steps; the place to scrub. SVG: the lines stand still, one of them moves. */
import { write } from "../dom";
import { plain } from "../format";
import { clamp } from "../geometry";
import { classChange, type Film, type Track } from "./film";

/** As in lrpwidgets/render/film_plot.py: told apart by colour-blind eyes, neither the red nor the blue of relevance. */
const COLOURS = ["#009e73", "#e68c00", "#aa64c8", "#3c96c8", "#8c783c", "#787878"];
const DASHES = ["", "7 4", "2 3", "11 3"];
const HEIGHT = 176;
const LEFT = 56;
const RIGHT = 8;
const TOP = 20;
const BOTTOM = 24;
const SVG = "http://www.w3.org/2000/svg";

export function colourOf(film: Film, track: Track): string {
  return COLOURS[[...new Set(film.tracks.map((each) => each.method))].indexOf(track.method) % COLOURS.length];
}

export function dashOf(film: Film, track: Track): string {
  return DASHES[[...new Set(film.tracks.map((each) => each.removal))].indexOf(track.removal) % DASHES.length];
}

/** Lowest and highest score that is known, with 0 in between. */
export function reach(film: Film, kind: string): [low: number, high: number] {
  let low = 0;
  let high = 0;
  for (const track of film.tracks) {
    for (const score of track.scores.get(kind) ?? []) {
      if (score < low) low = score;
      if (score > high) high = score;
    }
  }
  return [low, high > low ? high : low + 1];
}

/** The path of a curve; where a score is not a number it is interrupted. */
export function path(scores: Float64Array, x: (step: number) => number, y: (score: number) => number): string {
  let out = "";
  let drawing = false;
  for (let step = 0; step < scores.length; step++) {
    const sound = Number.isFinite(scores[step]);
    if (sound) out += `${drawing ? "L" : "M"}${x(step).toFixed(1)} ${y(scores[step]).toFixed(1)}`;
    drawing = sound;
  }
  return out;
}

function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number> = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

export class Curves {
  private readonly still = svg("g");
  private readonly now = svg("line", { class: "lrpw-now", y1: TOP, y2: HEIGHT - BOTTOM });
  private readonly dots = svg("g");
  readonly element = svg("svg", { class: "lrpw-curves", height: HEIGHT, tabindex: 0, role: "slider" });
  private width = 0;
  private total = 1;
  private ends: [number, number] = [0, 1];
  private drawn: unknown[] = [];

  constructor() {
    this.element.setAttribute("aria-label", "Step");
    this.element.append(this.still, this.now, this.dots);
  }

  /** The step under a pointer. */
  stepAt(event: MouseEvent): number {
    const box = this.element.getBoundingClientRect();
    const x = ((event.clientX - box.left) * this.width) / box.width;
    return Math.round(clamp((x - LEFT) / (this.width - LEFT - RIGHT), 0, 1) * this.total);
  }

  private x(step: number): number {
    return LEFT + ((this.width - LEFT - RIGHT) * step) / this.total;
  }

  private y(score: number): number {
    const [low, high] = this.ends;
    return TOP + ((HEIGHT - TOP - BOTTOM) * (high - score)) / (high - low);
  }

  update(film: Film, shown: Track, step: number, kind: string, width: number): void {
    const depends = [film, shown, kind, width];
    if (depends.some((value, i) => value !== this.drawn[i])) {
      this.drawn = depends;
      this.drawStill(film, shown, kind, width);
    }
    const x = this.x(step).toFixed(1);
    this.now.setAttribute("x1", x);
    this.now.setAttribute("x2", x);
    film.tracks.forEach((track, i) => {
      const score = track.scores.get(kind)?.[step] ?? Number.NaN;
      const dot = this.dots.children[i];
      dot.setAttribute("visibility", Number.isFinite(score) ? "visible" : "hidden");
      if (!Number.isFinite(score)) return;
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", this.y(score).toFixed(1));
    });
    const score = shown.scores.get(kind)?.[step] ?? Number.NaN;
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", String(shown.steps));
    this.element.setAttribute("aria-valuenow", String(step));
    this.element.setAttribute("aria-valuetext", `step ${step} of ${film.total}, ${shown.method}: ${kind} ${plain(score)}`);
  }

  private drawStill(film: Film, shown: Track, kind: string, width: number): void {
    this.width = width;
    this.total = film.total;
    this.ends = reach(film, kind);
    this.element.setAttribute("width", String(width));
    this.element.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const parts: Element[] = [];
    const [low, high] = this.ends;
    for (const score of new Set([low, 0, high])) {
      const y = this.y(score).toFixed(1);
      parts.push(svg("line", { class: "lrpw-grid", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
      const crowded = score === 0 && low < 0 && Math.min(this.y(low) - this.y(0), this.y(0) - this.y(high)) < 14;
      if (!crowded) parts.push(text(LEFT - 6, Number(y) + 4, plain(score), "end"));
    }
    parts.push(text(LEFT, HEIGHT - 6, "0", "start"));
    parts.push(text((LEFT + width - RIGHT) / 2, HEIGHT - 6, `step (${kind} of ${film.target})`.slice(0, 80), "middle"));
    parts.push(text(width - RIGHT, HEIGHT - 6, String(film.total), "end"));
    for (const track of [...film.tracks.filter((each) => each !== shown), shown]) {
      const scores = track.scores.get(kind);
      if (!scores) continue;
      const line = svg("path", { class: "lrpw-curve", d: path(scores, (at) => this.x(at), (score) => this.y(score)) });
      line.setAttribute("stroke", colourOf(film, track));
      line.setAttribute("stroke-dasharray", dashOf(film, track));
      if (track === shown) line.classList.add("lrpw-chosen");
      if (track.removal !== shown.removal) line.classList.add("lrpw-other");
      parts.push(line);
    }
    const change = classChange(shown);
    if (change !== null) parts.push(...this.marker(film, shown, change, width));
    this.still.replaceChildren(...parts);
    this.dots.replaceChildren(...film.tracks.map((track) => svg("circle", { r: 3.5, fill: colourOf(film, track) })));
  }

  /** Where another class is predicted for the first time. */
  private marker(film: Film, shown: Track, change: number, width: number): Element[] {
    const x = this.x(change);
    const line = svg("line", { class: "lrpw-curve-change", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM });
    line.setAttribute("stroke", colourOf(film, shown));
    const label = film.classes.get(shown.top[change]) ?? String(shown.top[change]);
    const right = x < width / 2;
    const words = `now ${label}`.slice(0, 40);
    return [line, text(right ? x - 2 : x + 2, TOP - 8, words, right ? "start" : "end")];
  }
}

function text(x: number, y: number, words: string, anchor: string): SVGTextElement {
  const element = svg("text", { x, y, "text-anchor": anchor });
  write(element, words);
  return element;
}
