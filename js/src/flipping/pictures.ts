/** The input at a step and its relevance, side by side, with what goes next outlined on both. */
import { h, write } from "../dom";
import { plain } from "../format";
import { fit, transform } from "../geometry";
import { Lens } from "../heatmap/lens";
import type { Options } from "../heatmap/options";
import { Panel } from "../heatmap/panel";
import { type Film, latest, type Track } from "./film";
import { outline } from "./outline";
import { type FlipPainter, type Layer, type Look } from "./painter";

const GAP = 12;
const MAX_HEIGHT = 400;
const LAYERS: readonly Layer[] = ["input", "map"];
const SVG = "http://www.w3.org/2000/svg";

interface Picture {
  panel: Panel<Layer, Look>;
  next: SVGSVGElement;
  caption: HTMLElement;
  nothing: HTMLElement;
}

function picture(): Picture {
  const next = document.createElementNS(SVG, "svg");
  next.setAttribute("class", "lrpw-next");
  next.setAttribute("preserveAspectRatio", "none");
  next.setAttribute("aria-hidden", "true");
  next.append(document.createElementNS(SVG, "path"), document.createElementNS(SVG, "path"));
  const panel = new Panel<Layer, Look>();
  panel.element.append(next);
  return { panel, next, caption: h("figcaption"), nothing: h("div", { class: "lrpw-nothing", hidden: true }) };
}

export class Pictures extends Lens {
  private readonly pictures = LAYERS.map(picture);
  protected readonly panels = this.pictures.map(({ panel }) => panel);
  private outlined: { track: Track; step: number } | null = null;

  constructor() {
    super(h("div", { class: "lrpw-pair", tabindex: 0, role: "group", "aria-label": "Input and relevance" }));
    this.element.append(
      ...this.pictures.map(({ panel, nothing, caption }) => h("figure", {}, panel.element, nothing, caption)),
    );
  }

  /** Draws into `room` CSS pixels; true when a pixel may have changed. */
  draw(painter: FlipPainter, look: Look, options: Options, room: number): boolean {
    const film = painter.source;
    const ratio = (this.ratio = window.devicePixelRatio || 1);
    const box = { width: Math.max(1, Math.floor(((room - GAP) / 2) * ratio)), height: Math.floor(MAX_HEIGHT * ratio) };
    const fitted = (this.fitted = fit(film, box, look.pixelated));
    const at = (this.at = transform(options.viewport, film, fitted, look.pixelated));
    const explained = look.track.mapSteps.length > 0;
    let changed = false;
    this.pictures.forEach(({ panel, nothing, next }, i) => {
      const absent = LAYERS[i] === "map" && !explained;
      panel.element.hidden = absent;
      nothing.hidden = !absent;
      if (!absent) changed = panel.draw(painter, LAYERS[i], look, fitted, at, ratio) || changed;
      panel.point(options, fitted, at, ratio);
      next.style.left = `${at.originX / ratio}px`;
      next.style.top = `${at.originY / ratio}px`;
      next.style.width = `${(film.width * at.scaleX) / ratio}px`;
      next.style.height = `${(film.height * at.scaleY) / ratio}px`;
      nothing.style.width = `${fitted.width / ratio}px`;
      nothing.style.height = `${fitted.height / ratio}px`;
      panel.element.parentElement!.style.width = `${fitted.width / ratio}px`;
    });
    this.element.classList.toggle("lrpw-zoomed", options.viewport.zoom > 1);
    this.outlineNext(painter, look);
    this.describe(film, look);
    return changed;
  }

  /** The outline lies over the canvases, in source pixels, so that the pictures below stay as they are. */
  private outlineNext(painter: FlipPainter, { track, step }: Look): void {
    if (this.outlined?.track === track && this.outlined.step === step) return;
    this.outlined = { track, step };
    const film = painter.source;
    const line = outline(painter.departures(track).at(step + 1), film.width);
    for (const { next } of this.pictures) {
      next.setAttribute("viewBox", `0 0 ${film.width} ${film.height}`);
      for (const path of next.children) path.setAttribute("d", line);
    }
  }

  private describe(film: Film, { track, step }: Look): void {
    const [input, relevance] = this.pictures;
    const top = film.classes.get(track.top[step]);
    write(input.caption, `Input after step ${step}${top === undefined ? "" : `, predicted: ${top}`}`);
    write(relevance.nothing, nothingYet(film, track));
    const at = latest(track.mapSteps, step);
    const of = film.recomputed ? `what is left after step ${track.mapSteps[at]}` : "the whole input; grey: removed";
    write(relevance.caption, at < 0 ? "" : `Relevance of ${of}. Limit \u00b1${plain(track.limit)} (99.5 % of |R| at step 0)`);
  }
}

function nothingYet(film: Film, track: Track): string {
  return track.steps < 1 && film.total > 0 ? "Relevance comes with the first step." : "This order comes from no relevance.";
}
