/** Rotations as unit quaternions [w, x, y, z]. Right, up, and towards the reader are the axes of the screen. */

export type Quaternion = readonly [w: number, x: number, y: number, z: number];
/** Row by row: the screen's axes in the molecule's coordinates. */
export type Matrix = readonly number[];

export const UPRIGHT: Quaternion = [1, 0, 0, 0];

/** First `b`, then `a`. */
export function after(a: Quaternion, b: Quaternion): Quaternion {
  return unit([
    a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
    a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
    a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
    a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
  ]);
}

/** A turn by `angle` (radians) about an axis of the screen that need not be of unit length. */
export function turn(x: number, y: number, z: number, angle: number): Quaternion {
  const length = Math.hypot(x, y, z);
  if (!(length > 0)) return UPRIGHT;
  const sine = Math.sin(angle / 2) / length;
  return [Math.cos(angle / 2), x * sine, y * sine, z * sine];
}

export function unit(q: Quaternion): Quaternion {
  const length = Math.hypot(...q);
  return length > 0 ? [q[0] / length, q[1] / length, q[2] / length, q[3] / length] : UPRIGHT;
}

export function matrix([w, x, y, z]: Quaternion): Matrix {
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

/** The product a b. */
export function product(a: Matrix, b: Matrix): Matrix {
  const out: number[] = [];
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) out.push(a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j]);
  }
  return out;
}

export function apply(m: Matrix, [x, y, z]: readonly number[]): [number, number, number] {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}
