/** The buttons, menus and boxes of the player. Each has a label and a tooltip with its key. */
import { button, h, menu, radios, uniqueId, write } from "../dom";
import type { Help } from "../help";
import type { Film } from "./film";
import type { Options } from "./options";

const SPEEDS = [1, 2, 5, 10, 20, 60];
/** What the kernel can do to any input; what else was given comes with the film. */
const REMOVALS = ["neutral", "mean", "blur", "noise"];

export interface Commands {
  readonly live: boolean;
  go(step: number): void;
  by(steps: number): void;
  toggle(): void;
  scrub(step: number): void;
  settle(): void;
  ask(values: Record<string, unknown>): void;
  again(): void;
  zoom(factor: number): void;
  whole(): void;
  pin(cursor: null): void;
}

export class Controls {
  private readonly play: HTMLButtonElement;
  private readonly again: HTMLButtonElement;
  private readonly range = h("input", { class: "lrpw-slider", type: "range", min: 0, step: 1, "aria-label": "Step" });
  private readonly place = h("output", { class: "lrpw-step" });
  private readonly speed = menu("Speed", "Steps a second", (speed) => this.commands.ask({ speed: Number(speed) }));
  private readonly method = menu("Order", "Whose order the pictures show", (method) => this.commands.ask({ method }));
  private readonly removal = menu("Removal", "What fills removed pixels", (removal) => this.commands.ask({ removal }));
  private readonly kinds = radios(
    "Score",
    "Score of the target",
    "lrpw-segments",
    ["logit", "probability"].map((value) => ({ value, label: value, content: value })),
    (score) => this.commands.ask({ score }),
  );
  private readonly check: HTMLInputElement;
  private readonly recompute: HTMLElement;
  readonly transport: HTMLElement;
  readonly options: HTMLElement;

  constructor(
    private readonly commands: Commands,
    help: Help,
  ) {
    this.play = button("Play", "Play (Space)", () => commands.toggle());
    this.play.classList.add("lrpw-play");
    this.again = button("Run again", "Flip anew, as after training the model", () => commands.again());
    this.range.addEventListener("input", () => commands.scrub(this.range.valueAsNumber));
    this.range.addEventListener("change", () => commands.settle());
    this.transport = h(
      "div",
      { class: "lrpw-transport", role: "group", "aria-label": "Player" },
      button("\u00ab", "First step (Home)", () => commands.go(0)),
      button("\u2039", "Back one step (left)", () => commands.by(-1)),
      this.play,
      button("\u203a", "Forward one step (right)", () => commands.by(1)),
      button("\u00bb", "Last step (End)", () => commands.go(Infinity)),
      this.range,
      this.place,
      this.again,
      button("?", "Keys (?)", () => help.toggle()),
    );
    const id = uniqueId();
    this.check = h("input", { id, type: "checkbox" });
    this.check.addEventListener("change", () => commands.ask({ recompute: this.check.checked }));
    const title = "Explain what is left again at each step, instead of once at the start";
    this.recompute = h("label", { class: "lrpw-row lrpw-check", for: id, title }, this.check, "Recompute relevance");
    const menus = [this.method, this.removal, this.kinds, this.speed].map((control) => control.element);
    this.options = h("div", { class: "lrpw-options", role: "group", "aria-label": "Options" }, ...menus, this.recompute);
  }

  update(film: Film, options: Options, step: number, playing: boolean, busy: boolean, asked: unknown): void {
    const { track } = options;
    write(this.play, playing ? "Pause" : "Play");
    const title = playing ? "Pause (Space)" : "Play (Space)";
    if (this.play.title !== title) {
      this.play.title = title;
      this.play.setAttribute("aria-label", title);
    }
    this.range.max = String(film.total);
    if (this.range.valueAsNumber !== step) this.range.valueAsNumber = step;
    this.range.style.setProperty("--lrpw-part", `${(100 * step) / film.total}%`);
    this.range.setAttribute("aria-valuetext", `step ${step} of ${film.total}`);
    const short = track.steps < film.total;
    write(this.place, `step ${step} of ${short ? `${track.steps} (${film.total})` : film.total}`);
    this.place.title = short ? `${track.steps} of ${film.total} steps are known` : "";
    this.again.hidden = !this.commands.live || busy || !short;
    const speeds = [...new Set([...SPEEDS, options.speed])].sort((a, b) => a - b);
    this.speed.update(String(options.speed), speeds.map((value) => ({ value: String(value), label: `${value} steps a second` })));
    const methods = [...new Set(film.tracks.map((each) => each.method))];
    this.method.update(track.method, methods.map((value) => ({ value, label: value })));
    const flipped = [...new Set(film.tracks.map((each) => each.removal))];
    const known = this.commands.live ? [...new Set([...flipped, ...REMOVALS])] : flipped;
    const labelled = known.map((value) => ({ value, label: flipped.includes(value) ? value : `${value} (to be flipped)` }));
    this.removal.update(typeof asked === "string" && known.includes(asked) ? asked : track.removal, labelled);
    this.kinds.element.hidden = !track.scores.has("logit");
    this.kinds.update(options.score);
    this.recompute.hidden = !this.commands.live;
    this.check.checked = options.recompute;
  }
}
