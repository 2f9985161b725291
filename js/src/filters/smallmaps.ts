/** The small maps that have arrived, and their colours. */
import { lut, paintMap, quantise } from "../colour";
import { floats } from "./wire";

/** A message with maps: which units, and under which question. */
interface Message {
  kind: "maps";
  serial: number;
  units: number[];
}

function isMaps(content: unknown): content is Message {
  const message = content as Partial<Message> | null;
  return message?.kind === "maps" && typeof message.serial === "number" && Array.isArray(message.units);
}

export class SmallMaps {
  /** By question: a message may overtake the state that it belongs to. */
  private readonly questions = new Map<number, Map<number, Float32Array>>();

  /** Keeps what a message brings; true if it brought maps. */
  hear(content: unknown, buffers: readonly unknown[]): boolean {
    if (!isMaps(content) || !content.units.length) return false;
    const values = floats(buffers[0]);
    const size = values.length / content.units.length;
    if (!Number.isInteger(size)) return false;
    const known = this.questions.get(content.serial) ?? new Map<number, Float32Array>();
    content.units.forEach((unit, i) => known.set(unit, values.subarray(i * size, (i + 1) * size)));
    this.questions.set(content.serial, known);
    return true;
  }

  get(serial: number, unit: number): Float32Array | null {
    return this.questions.get(serial)?.get(unit) ?? null;
  }

  /** Forgets older questions. */
  keep(serial: number): void {
    for (const known of this.questions.keys()) if (known < serial) this.questions.delete(known);
  }
}

/** Writes a map into a canvas, one pixel a value, coloured as the heat map is. */
export function paint(canvas: HTMLCanvasElement, map: Float32Array, columns: number, limit: number, cmap: string): void {
  const rows = Math.floor(map.length / Math.max(1, columns));
  if (!(rows > 0)) return;
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const index = new Uint8Array(map.length);
  quantise(map, limit, index, new Float64Array(map.length));
  const pixels = new Uint32Array(map.length);
  paintMap(pixels, index, lut(cmap));
  canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), columns, rows), 0, 0);
}
