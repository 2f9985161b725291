/** The limits of maps that share a scale: of all their values as one map, as lrpwidgets/render/grid.py does it. */
import { automaticLimit } from "../colour";
import type { Options } from "../heatmap/options";
import { Painter } from "../heatmap/painter";
import type { Source } from "../heatmap/source";

/** Remembers what it computed for the same maps. */
export class Limits {
  private known = new Map<string, { planes: Float32Array[]; limit: number }>();

  /** The limit of a group of maps by the options' rule. */
  of(group: string, painters: readonly Painter[], options: Options): number {
    if (options.limit_rule === "fixed") return options.limit ?? 0;
    const planes = painters.map((painter) => painter.relevance(options.channel));
    const key = `${group}|${options.limit_rule}`;
    const before = this.known.get(key);
    if (before && before.planes.length === planes.length && planes.every((plane, i) => plane === before.planes[i])) {
      return before.limit;
    }
    const limit = planes.length === 1 ? automaticLimit(planes[0], options.limit_rule) : together(planes, options.limit_rule);
    this.known.set(key, { planes, limit });
    return limit;
  }
}

function together(planes: readonly Float32Array[], rule: string): number {
  const all = new Float32Array(planes.reduce((size, plane) => size + plane.length, 0));
  let at = 0;
  for (const plane of planes) {
    all.set(plane, at);
    at += plane.length;
  }
  return all.length ? automaticLimit(all, rule) : 0;
}

/** What the controls of a grid work on: the source of one cell, and the largest relevance of all. */
export class Together extends Painter {
  constructor(
    source: Source,
    private readonly all: () => readonly Painter[],
  ) {
    super(source);
  }

  override largest(channel: string): number {
    return Math.max(0, ...this.all().map((painter) => painter.largest(channel)));
  }
}
