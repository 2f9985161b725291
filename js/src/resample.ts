/**
 * Bilinear scaling by our own hand: browsers round the weights to sixteenths, which is up to 16/255 off.
 * Pixel centres lie at +0.5, edges are repeated, floor(x + 0.5) at the end, as in lrpwidgets/render/scale.py.
 */
import type { Size, Transform } from "./geometry";

/** For each canvas pixel of one axis: the source pixels before and after its centre, and how far along it is. */
interface Axis {
  before: Int32Array;
  after: Int32Array;
  along: Float64Array;
}

function axis(count: number, source: number, scale: number, origin: number): Axis {
  const before = new Int32Array(count);
  const after = new Int32Array(count);
  const along = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(source - 1, Math.max(0, (i + 0.5 - origin) / scale - 0.5));
    before[i] = Math.floor(at);
    after[i] = Math.min(before[i] + 1, source - 1);
    along[i] = at - before[i];
  }
  return { before, after, along };
}

/**
 * Fills the packed colours `out`, a canvas of `canvas` pixels, with the packed colours of `pixels`; with `touched`
 * only the rows of `out` in which one of those rows of `pixels` is seen.
 */
export function bilinear(
  pixels: Uint32Array,
  source: Size,
  out: Uint32Array,
  canvas: Size,
  at: Transform,
  touched: Uint8Array | null = null,
): void {
  const columns = axis(canvas.width, source.width, at.scaleX, at.originX);
  const rows = axis(canvas.height, source.height, at.scaleY, at.originY);
  let upper = { row: -1, light: new Float64Array(3 * canvas.width) };
  let lower = { row: -1, light: new Float64Array(3 * canvas.width) };
  for (let y = 0, o = 0; y < canvas.height; y++) {
    if (touched && !touched[rows.before[y]] && !touched[rows.after[y]]) {
      o += canvas.width;
      continue;
    }
    // Neighbouring canvas rows share source rows: each is stretched once.
    if (lower.row === rows.before[y]) [upper, lower] = [lower, upper];
    if (upper.row !== rows.before[y]) stretch(pixels, source.width, (upper.row = rows.before[y]), columns, upper.light);
    if (lower.row !== rows.after[y]) stretch(pixels, source.width, (lower.row = rows.after[y]), columns, lower.light);
    o = blend(upper.light, lower.light, rows.along[y], out, o);
  }
}

function stretch(pixels: Uint32Array, width: number, row: number, columns: Axis, light: Float64Array): void {
  const { before, after, along } = columns;
  const start = row * width;
  for (let x = 0, k = 0; x < before.length; x++, k += 3) {
    const left = pixels[start + before[x]];
    const right = pixels[start + after[x]];
    const b = along[x];
    const a = 1 - b;
    light[k] = (left & 255) * a + (right & 255) * b;
    light[k + 1] = ((left >> 8) & 255) * a + ((right >> 8) & 255) * b;
    light[k + 2] = ((left >> 16) & 255) * a + ((right >> 16) & 255) * b;
  }
}

/** One canvas row from two stretched ones; the place after it is returned. */
function blend(upper: Float64Array, lower: Float64Array, b: number, out: Uint32Array, at: number): number {
  const a = 1 - b;
  for (let k = 0; k < upper.length; k += 3) {
    const red = (upper[k] * a + lower[k] * b + 0.5) | 0;
    const green = (upper[k + 1] * a + lower[k + 1] * b + 0.5) | 0;
    const blue = (upper[k + 2] * a + lower[k + 2] * b + 0.5) | 0;
    out[at++] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
  return at;
}
