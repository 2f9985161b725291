/** Colours a source for a layout, and does again only what a change asks for. */
import { automaticLimit, largest, lut, paintInput, paintMap, paintOverlay, paintPattern, plane, quantise } from "../colour";
import type { Layout, LimitRule, Options } from "./options";
import type { Source } from "./source";

/** What one canvas shows. */
export type Layer = Exclude<Layout, "side-by-side">;

export function layersOf(layout: Layout): Layer[] {
  return layout === "side-by-side" ? ["input", "map"] : [layout];
}

export class Painter {
  private readonly index: Uint8Array;
  private readonly root: Float64Array;
  private quantised = "";
  private shown: Float32Array | null = null;
  private shownChannel = "";
  private most = 0;
  private limits = new Map<LimitRule, number>();
  private colours: { name: string; lut: Uint32Array } | null = null;

  constructor(readonly source: Source) {
    const size = source.width * source.height;
    this.index = new Uint8Array(size);
    this.root = new Float64Array(size);
  }

  /** The relevance of the chosen channel, (height, width). */
  relevance(channel: string): Float32Array {
    if (!this.shown || this.shownChannel !== channel) {
      const { relevance, channels, channelNames } = this.source;
      const at = channelNames.indexOf(channel);
      this.shown = plane(relevance, channels, at < 0 ? "sum" : at);
      this.shownChannel = channel;
      this.most = largest(this.shown);
      this.limits.clear();
    }
    return this.shown;
  }

  /** max |R| of the chosen channel. */
  largest(channel: string): number {
    this.relevance(channel);
    return this.most;
  }

  limit(options: Options): number {
    const { limit_rule: rule, channel } = options;
    if (rule === "fixed") return options.limit ?? 0;
    const shown = this.relevance(channel);
    let limit = this.limits.get(rule);
    if (limit === undefined) this.limits.set(rule, (limit = automaticLimit(shown, rule)));
    return limit;
  }

  lut(name: string): Uint32Array {
    if (this.colours?.name !== name) this.colours = { name, lut: lut(name) };
    return this.colours.lut;
  }

  /** What the colours of a layer depend on: equal keys, equal pictures. */
  key(layer: Layer, options: Options): string {
    if (layer === "input") return layer;
    const base = `${layer}|${options.channel}|${this.limit(options)}`;
    if (layer === "pattern") return base;
    return layer === "map" ? `${base}|${options.cmap}` : `${base}|${options.cmap}|${options.opacity}`;
  }

  paint(layer: Layer, options: Options, out: Uint32Array): void {
    const { picture } = this.source;
    if (layer === "input") return paintInput(out, picture);
    const shown = this.relevance(options.channel);
    const limit = this.limit(options);
    if (layer === "pattern") return paintPattern(out, picture, shown, limit);
    const needed = `${options.channel}|${limit}`;
    if (this.quantised !== needed) {
      quantise(shown, limit, this.index, this.root);
      this.quantised = needed;
    }
    const colours = this.lut(options.cmap);
    if (layer === "map") return paintMap(out, this.index, colours);
    paintOverlay(out, picture, this.index, this.root, colours, options.opacity);
  }
}
