/** The controls beside the picture. Each has a label, a tooltip with its key, and its value in sight. */
import { describeMap, lut, MAP_NAMES } from "../colour";
import { RULE_TEXT } from "./colourbar";
import { fitView, limitAt, limitBy, positionOf } from "./commands";
import { button, h, menu, radios, slider, write } from "../dom";
import { plain } from "../format";
import type { Help } from "../help";
import { LAYOUTS, type Layout, LIMIT_RULES, type LimitRule } from "./options";
import type { Stage } from "./stage";
import type { View } from "./view";

const LAYOUT_TEXT: Record<Layout, string> = {
  overlay: "Overlay",
  "side-by-side": "Side by side",
  map: "Relevance map",
  pattern: "Relevant pattern",
  input: "Input alone",
};
const LAYOUT_CHOICES = LAYOUTS.map((value) => ({ value, label: LAYOUT_TEXT[value] }));
const RULE_CHOICES = LIMIT_RULES.map((value) => ({ value, label: RULE_TEXT[value] }));

/** Without a `stage` what is shown is no picture, and has neither layouts, channels, pixels nor a zoom. */
export class Toolbar {
  private readonly layout = menu("Layout", "Layout (v)", (layout) => this.view.set({ layout: layout as Layout }, "now"));
  private readonly channel = menu("Channel", "Relevance of all channels, or of one", (channel) =>
    this.view.set({ channel }, "now"),
  );
  private readonly colours = radios(
    "Colours",
    "Colour map (m)",
    "lrpw-swatches",
    MAP_NAMES.map((value) => ({ value, label: `${value}: ${describeMap(value)}`, content: swatch(value) })),
    (cmap) => this.view.set({ cmap }, "now"),
  );
  private readonly pixels = radios(
    "Pixels",
    "Smooth or pixelated (p)",
    "lrpw-segments",
    [
      { value: "smooth", label: "Smooth (p)", content: "Smooth" },
      { value: "pixelated", label: "Pixelated (p)", content: "Pixelated" },
    ],
    (value) => this.view.set({ pixelated: value === "pixelated" }, "now"),
  );
  private readonly opacity = slider(
    "Opacity",
    "Opacity of the relevance (, and .)",
    (position) => this.view.set({ opacity: Math.round(position * 200) / 200 }, "never"),
    () => this.view.commit(),
  );
  private readonly limit = slider(
    "Limit",
    "Relevance that gets the last colour ([ and ])",
    (position) => {
      const limit = limitAt(position, this.view.painter?.largest(this.view.options.channel) ?? 0);
      this.view.set({ limit_rule: "fixed", limit }, "never");
    },
    () => this.view.commit(),
  );
  private readonly rule = menu("Limit by", "How the limit is chosen (\\ for automatic)", (rule) =>
    limitBy(this.view, rule as LimitRule),
  );
  private readonly zoomed = h("output", { class: "lrpw-value" });
  private readonly sampleText = h("output", { class: "lrpw-value" });
  private readonly samples: HTMLElement;
  readonly element: HTMLElement;

  constructor(
    private readonly view: View,
    stage: Stage | null,
    help: Help,
  ) {
    this.samples = group(
      "Sample",
      button("\u2039", "Previous sample", () => this.step(-1)),
      this.sampleText,
      button("\u203a", "Next sample", () => this.step(1)),
    );
    const keys = [h("span", { class: "lrpw-space" }), button("?", "Keys (?)", () => help.toggle())];
    const zoom = stage
      ? group(
          "Zoom",
          button("\u2212", "Zoom out (-)", () => stage.zoom(view, Math.SQRT1_2)),
          this.zoomed,
          button("+", "Zoom in (+)", () => stage.zoom(view, Math.SQRT2)),
          button("Fit", "Show the whole picture (0)", () => fitView(view)),
          ...keys,
        )
      : group("Keys", ...keys);
    this.element = h(
      "div",
      { class: "lrpw-tools", role: "group", "aria-label": "View options" },
      this.samples,
      ...(stage ? [this.layout, this.channel, this.colours, this.pixels] : [this.colours]).map((control) => control.element),
      ...[this.opacity, this.limit, this.rule].map((control) => control.element),
      zoom,
    );
  }

  private get count(): number {
    return Math.max(1, Math.trunc(Number(this.view.store.get("_samples"))) || 1);
  }

  private step(by: number): void {
    const sample = Math.max(0, Math.min(this.count - 1, this.view.options.sample + by));
    this.view.set({ sample }, "now");
  }

  update(): void {
    const { options, painter } = this.view;
    if (!painter) return;
    const names = painter.source.channelNames;
    const most = painter.largest(options.channel);
    const limit = options.limit ?? 0;
    this.samples.hidden = this.count < 2;
    write(this.sampleText, `${Math.min(this.count, options.sample + 1)} of ${this.count}`);
    this.layout.update(options.layout, LAYOUT_CHOICES);
    this.channel.element.hidden = names.length === 0;
    this.channel.update(options.channel, [
      { value: "sum", label: "Sum of channels" },
      ...names.map((value) => ({ value, label: value })),
    ]);
    this.colours.update(options.cmap);
    this.pixels.update(options.pixelated ? "pixelated" : "smooth");
    this.opacity.update(options.opacity, options.opacity.toFixed(2), options.layout !== "overlay");
    this.limit.update(positionOf(limit, most), plain(limit), !(most > 0) || options.layout === "input");
    this.rule.update(options.limit_rule, RULE_CHOICES);
    write(this.zoomed, `${Math.round(options.viewport.zoom * 100)} %`);
  }
}

function group(label: string, ...content: Node[]): HTMLElement {
  const buttons = h("div", { class: "lrpw-buttons" }, ...content);
  return h("div", { class: "lrpw-row", role: "group", "aria-label": label }, h("span", { class: "lrpw-label" }, label), buttons);
}

function swatch(name: string): HTMLElement {
  const colours = lut(name);
  const stops = [0, 32, 64, 96, 127, 158, 190, 222, 254].map((i) => {
    const colour = colours[i];
    return `rgb(${colour & 255},${(colour >> 8) & 255},${(colour >> 16) & 255})`;
  });
  const element = h("span", { class: "lrpw-swatch" });
  element.style.background = `linear-gradient(90deg,${stops.join()})`;
  return element;
}
