/** Where source pixels land on a canvas. Pure; canvas lengths are in device pixels. */

export interface Size {
  width: number;
  height: number;
}

/** Offset of the view's centre from the picture's, in source pixels; zoom 1 shows all of it. */
export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

/** A canvas of whole device pixels that the picture fills exactly at zoom 1. */
export interface Fit extends Size {
  scaleX: number;
  scaleY: number;
}

/** canvas = source * scale + origin */
export interface Transform {
  scaleX: number;
  scaleY: number;
  originX: number;
  originY: number;
}

export const WHOLE: Viewport = { x: 0, y: 0, zoom: 1 };
export const MAX_ZOOM = 64;

/**
 * The largest canvas inside `box` with the picture's proportions. A whole scale is taken where it costs
 * little (an eighth of the size), and always where pixels are to stay square.
 */
export function fit(source: Size, box: Size, pixelated: boolean): Fit {
  let scale = Math.min(box.width / source.width, box.height / source.height);
  const whole = Math.floor(scale + 1e-9);
  if (whole >= 1 && (pixelated || whole >= 0.87 * scale)) scale = whole;
  const width = Math.max(1, Math.round(source.width * scale));
  const height = Math.max(1, Math.round(source.height * scale));
  return { width, height, scaleX: width / source.width, scaleY: height / source.height };
}

/** The nearest viewport in which the picture still covers the canvas. */
export function clampViewport(viewport: Viewport, source: Size): Viewport {
  const zoom = viewport.zoom < 1 + 1e-6 ? 1 : Math.min(viewport.zoom, MAX_ZOOM);
  const reachX = (source.width / 2) * (1 - 1 / zoom);
  const reachY = (source.height / 2) * (1 - 1 / zoom);
  return { x: clamp(viewport.x, 0 - reachX, reachX), y: clamp(viewport.y, 0 - reachY, reachY), zoom };
}

/** Pixelated pictures start on a whole device pixel, so that all their pixels have one size. */
export function transform(viewport: Viewport, source: Size, fitted: Fit, pixelated: boolean): Transform {
  const scaleX = fitted.scaleX * viewport.zoom;
  const scaleY = fitted.scaleY * viewport.zoom;
  const originX = fitted.width / 2 - (source.width / 2 + viewport.x) * scaleX;
  const originY = fitted.height / 2 - (source.height / 2 + viewport.y) * scaleY;
  if (!pixelated) return { scaleX, scaleY, originX, originY };
  return { scaleX, scaleY, originX: Math.round(originX), originY: Math.round(originY) };
}

/** Zooms by `factor` and keeps the source point under (x, y) of the canvas where it is. */
export function zoomAt(
  viewport: Viewport,
  source: Size,
  fitted: Fit,
  x: number,
  y: number,
  factor: number,
): Viewport {
  const zoom = clamp(viewport.zoom * factor, 1, MAX_ZOOM);
  const keep = 1 / viewport.zoom - 1 / zoom;
  return clampViewport(
    {
      x: viewport.x + ((x - fitted.width / 2) / fitted.scaleX) * keep,
      y: viewport.y + ((y - fitted.height / 2) / fitted.scaleY) * keep,
      zoom,
    },
    source,
  );
}

/** Moves the picture by (dx, dy) device pixels. */
export function panBy(viewport: Viewport, source: Size, fitted: Fit, dx: number, dy: number): Viewport {
  const x = viewport.x - dx / (fitted.scaleX * viewport.zoom);
  const y = viewport.y - dy / (fitted.scaleY * viewport.zoom);
  return clampViewport({ x, y, zoom: viewport.zoom }, source);
}

/** The source pixel [row, column] under (x, y) of the canvas, or null beside the picture. */
export function pixelAt(at: Transform, source: Size, x: number, y: number): [number, number] | null {
  const column = Math.floor((x - at.originX) / at.scaleX);
  const row = Math.floor((y - at.originY) / at.scaleY);
  return row >= 0 && column >= 0 && row < source.height && column < source.width ? [row, column] : null;
}

/** Where the centre of a source pixel lies on the canvas. */
export function centreOf(at: Transform, row: number, column: number): [x: number, y: number] {
  return [(column + 0.5) * at.scaleX + at.originX, (row + 0.5) * at.scaleY + at.originY];
}

/** The nearest viewport in which the given source pixel is in sight. */
export function reveal(viewport: Viewport, source: Size, row: number, column: number): Viewport {
  const halfX = source.width / 2 / viewport.zoom - 0.5;
  const halfY = source.height / 2 / viewport.zoom - 0.5;
  const x = column + 0.5 - source.width / 2;
  const y = row + 0.5 - source.height / 2;
  return clampViewport(
    {
      x: clamp(viewport.x, x - halfX, x + halfX),
      y: clamp(viewport.y, y - halfY, y + halfY),
      zoom: viewport.zoom,
    },
    source,
  );
}

export function clamp(value: number, low: number, high: number): number {
  return value > low ? (value < high ? value : high) : low;
}
