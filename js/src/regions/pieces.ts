/** Superpixels as the kernel cut them: a label for each pixel, and the pixels of each label. */
import type { Size } from "../geometry";
import { byLabel, type Runs } from "./runs";
import type { Point } from "./shapes";

export class Pieces {
  private bytes: unknown = null;
  private labels = new Int32Array(0);
  private runs = new Map<number, Runs>();

  /** The piece under a point; null while there are none of this size. `bytes`: int32 (height, width). */
  at(bytes: unknown, { width, height }: Size, [row, column]: Point): Runs | null {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.labels = read(bytes);
      this.runs = byLabel(this.labels, width);
    }
    if (this.labels.length !== width * height || !this.labels.length) return null;
    return this.runs.get(this.labels[Math.floor(row) * width + Math.floor(column)]) ?? null;
  }
}

function read(bytes: unknown): Int32Array<ArrayBuffer> {
  if (!ArrayBuffer.isView(bytes) || bytes.byteLength % 4 !== 0) return new Int32Array(0);
  // A copy, because messages may put an array at any offset.
  return new Int32Array(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice().buffer);
}
