/** Module paths as a tree: "features.0" lies in "features", whether or not that was called itself. */
import type { Layer } from "./wire";

export interface Node {
  path: string;
  name: string;
  level: number;
  parent: string | null;
  children: number;
  /** null for a container that was never called itself, such as a list of modules. */
  layer: Layer | null;
}

export function outline(layers: readonly Layer[]): Node[] {
  const nodes = new Map<string, Node>();
  const inside = new Map<string | null, string[]>();
  const add = (path: string, layer: Layer | null): void => {
    const old = nodes.get(path);
    if (old) {
      old.layer ??= layer;
      return;
    }
    const end = path.lastIndexOf(".");
    const parent = end < 0 ? null : path.slice(0, end);
    if (parent !== null) add(parent, null);
    const level = parent === null ? 1 : nodes.get(parent)!.level + 1;
    nodes.set(path, { path, name: path.slice(end + 1) || "(model)", level, parent, children: 0, layer });
    if (parent !== null) nodes.get(parent)!.children += 1;
    inside.set(parent, [...(inside.get(parent) ?? []), path]);
  };
  for (const layer of layers) add(layer.path, layer);
  const found: Node[] = [];
  const visit = (parent: string | null): void => {
    for (const path of inside.get(parent) ?? []) {
      found.push(nodes.get(path)!);
      visit(path);
    }
  };
  visit(null);
  return found;
}

/** Those that no closed container hides. */
export function visible(nodes: readonly Node[], closed: ReadonlySet<string>): Node[] {
  const hidden = new Set<string>();
  return nodes.filter((node) => {
    const away = node.parent !== null && (hidden.has(node.parent) || closed.has(node.parent));
    if (away) hidden.add(node.path);
    return !away;
  });
}

/** Everything from one row to another, both included. */
export function between(rows: readonly Node[], one: string, other: string): string[] {
  const ends = [one, other].map((path) => rows.findIndex((row) => row.path === path)).sort((a, b) => a - b);
  return ends[0] < 0 ? [other] : rows.slice(ends[0], ends[1] + 1).map((row) => row.path);
}
