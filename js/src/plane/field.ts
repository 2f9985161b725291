/** What Python asked the model on a grid of nodes; rows go up with the second variable, columns with the first. */
import { floats } from "../filters/wire";
import { clamp } from "../geometry";
import type { Store } from "../store";

/** In parts of a shade: f on the edge of one belongs to it. As in lrpwidgets/render/plane.py. */
const ROUNDING = 1e-5;

export type Node = readonly [row: number, column: number];
export type Pair = readonly [first: number, second: number];

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const pair = (value: unknown): Pair => (Array.isArray(value) ? [Number(value[0]), Number(value[1])] : [0, 1]);

export class Field {
  readonly methods: string[];
  readonly names: string[];
  readonly low: Pair;
  readonly high: Pair;
  readonly nodes: number;
  /** Rows, and columns, that have an arrow. */
  readonly arrows: number[];
  private readonly score: Float32Array;
  private readonly relevance: Float32Array;

  constructor(store: Store) {
    this.methods = strings(store.get("_methods"));
    this.names = strings(store.get("_names"));
    this.low = pair(store.get("_low"));
    this.high = pair(store.get("_high"));
    this.nodes = Number(store.get("_nodes")) || 0;
    const arrows = store.get("_arrows");
    this.arrows = Array.isArray(arrows) ? arrows.map(Number) : [];
    this.score = floats(store.get("_score"));
    this.relevance = floats(store.get("_relevance"));
  }

  /** Whether every array is as long as it should be. */
  get sound(): boolean {
    const { nodes, methods } = this;
    const all = nodes * nodes;
    return nodes > 1 && this.score.length === all && this.relevance.length === methods.length * all * 2;
  }

  f([row, column]: Node): number {
    return this.score[row * this.nodes + column];
  }

  /** (R1, R2) by a method at a node. */
  at(method: number, [row, column]: Node): Pair {
    const place = 2 * ((method * this.nodes + row) * this.nodes + column);
    return [this.relevance[place], this.relevance[place + 1]];
  }

  /** The node nearest to a point; of a point outside the nearest inside. */
  node([first, second]: Pair): Node {
    const along = (value: number, axis: 0 | 1): number => {
      const part = (value - this.low[axis]) / (this.high[axis] - this.low[axis]);
      return Math.floor(clamp(part, 0, 1) * (this.nodes - 1) + 0.5);
    };
    return [along(second, 1), along(first, 0)];
  }

  place([row, column]: Node): [number, number] {
    const along = (at: number, axis: 0 | 1): number =>
      Number((this.low[axis] + ((this.high[axis] - this.low[axis]) * at) / (this.nodes - 1)).toFixed(12));
    return [along(column, 0), along(row, 1)];
  }

  moved([row, column]: Node, right: number, up: number): Node {
    return [clamp(row + up, 0, this.nodes - 1), clamp(column + right, 0, this.nodes - 1)];
  }

  /** The longest arrow of a method's grid, and the largest |R| of one variable anywhere. */
  reach(method: number): { arrow: number; bar: number } {
    let arrow = 0;
    for (const row of this.arrows) for (const column of this.arrows) arrow = Math.max(arrow, Math.hypot(...this.at(method, [row, column])));
    const size = 2 * this.nodes * this.nodes;
    let bar = 0;
    for (let i = method * size; i < (method + 1) * size; i++) bar = Math.max(bar, Math.abs(this.relevance[i]));
    return { arrow, bar };
  }

  /** For each shade but the lightest the nodes that are at least so dark, as the path of unit squares in rows. */
  shades(count: number): string[] {
    let low = Infinity;
    let high = -Infinity;
    for (const value of this.score) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const paths: string[] = [];
    for (let shade = 1; shade < count; shade++) {
      const level = low + ((high - low) * (shade - ROUNDING)) / count;
      let path = "";
      for (let row = 0; high > low && row < this.nodes; row++) {
        for (let column = 0; column < this.nodes; column++) {
          if (this.f([row, column]) < level) continue;
          const start = column;
          while (column < this.nodes && this.f([row, column]) >= level) column++;
          path += `M${start} ${this.nodes - row - 1}h${column - start}v1h${start - column}z`;
        }
      }
      paths.push(path);
    }
    return paths;
  }
}

/** An arrow from (x, y) along (dx, dy), y downwards, as a path; a dot where it is shorter than half a pixel. */
export function arrow(x: number, y: number, dx: number, dy: number, head: number): string {
  const length = Math.hypot(dx, dy);
  const to = (value: number): string => value.toFixed(2);
  if (!(length >= 0.5)) return `M${to(x)} ${to(y)}h0.01`;
  const part = Math.min(head, 0.5 * length) / length;
  const tip = (turn: number): string => `${to(x + dx - part * (dx - turn * dy))} ${to(y + dy - part * (dy + turn * dx))}`;
  return `M${to(x)} ${to(y)}L${to(x + dx)} ${to(y + dy)}M${tip(0.5)}L${to(x + dx)} ${to(y + dy)}L${tip(-0.5)}`;
}
