/** Which node a key leads to: along the strongest edge up or down, or to the neighbour at the same height. */

export interface Box {
  name: string;
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Edge {
  above: string;
  below: string;
  /** |R| */
  weight: number;
  text: string;
  /** Pixels. */
  width: number;
  /** SVG path. */
  path: string;
}

/** The name of the node that `key` leads to from `at`; `at` itself where there is none, null if the key is no step. */
export function step(boxes: readonly Box[], edges: readonly Edge[], at: string, key: string): string | null {
  if (boxes.length === 0) return null;
  if (key === "Home") return boxes[0].name;
  if (key === "End") return boxes[boxes.length - 1].name;
  const here = boxes.find((box) => box.name === at) ?? boxes[0];
  if (key === "ArrowDown" || key === "ArrowUp") {
    const down = key === "ArrowDown";
    const found = strongest(edges.filter((edge) => (down ? edge.above : edge.below) === here.name));
    return found ? (down ? found.below : found.above) : here.name;
  }
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const side = key === "ArrowRight" ? 1 : -1;
    const middle = (box: Box): number => box.y + box.height / 2;
    const beside = boxes
      .filter((box) => Math.abs(middle(box) - middle(here)) < 1 && side * (box.x - here.x) > 0)
      .sort((one, other) => side * (one.x - other.x));
    return beside[0]?.name ?? here.name;
  }
  return null;
}

function strongest(edges: readonly Edge[]): Edge | undefined {
  return edges.reduce<Edge | undefined>((best, edge) => (best && best.weight >= edge.weight ? best : edge), undefined);
}
