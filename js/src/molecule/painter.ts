/** Atoms as discs, bonds as lines, a slice of the probe map under them: as lrpwidgets/render/molecule_drawing.py draws. */
import { apply, type Matrix } from "./rotation";
import type { Molecule, Plane } from "./state";

const LINE = 0.11; // Angstrom
const LARGEST_UNIT = 110;
const BORDER = 24;

export interface Ground {
  ink: string;
  quiet: string;
  surface: string;
  accent: string;
}

export interface Placed {
  x: number;
  y: number;
  depth: number;
  radius: number;
}

/** CSS pixels to an Angstrom, so that the molecule stays inside however it is turned. */
export function unitOf(molecule: Molecule, width: number, height: number, zoom: number): number {
  let reach = 0.5;
  for (const [i, at] of molecule.positions.entries()) reach = Math.max(reach, Math.hypot(...at) + molecule.radii[i]);
  const room = Math.max(BORDER, Math.min(width, height) / 2 - BORDER); // a page that is being laid out has none
  return zoom * Math.min(LARGEST_UNIT, room / reach);
}

export function place(molecule: Molecule, rotation: Matrix, unit: number, width: number, height: number): Placed[] {
  return molecule.positions.map((position, i) => {
    const [x, y, depth] = apply(rotation, position);
    return { x: width / 2 + x * unit, y: height / 2 - y * unit, depth, radius: molecule.radii[i] * unit };
  });
}

/** The atom under a point, the nearest to the reader first; -1: none. */
export function atomAt(placed: readonly Placed[], x: number, y: number): number {
  let found = -1;
  for (const [i, atom] of placed.entries()) {
    const inside = Math.hypot(x - atom.x, y - atom.y) <= Math.max(atom.radius, 8);
    if (inside && (found < 0 || atom.depth > placed[found].depth)) found = i;
  }
  return found;
}

/** Colour index 0..254 of a value; 127 is zero. */
export function indexOf(value: number, limit: number): number {
  if (!(limit > 0)) return 127;
  return Math.floor(127 + 127 * Math.max(-1, Math.min(1, value / limit)) + 0.5);
}

export function css(colour: number): string {
  return `rgb(${colour & 255}, ${(colour >> 8) & 255}, ${(colour >> 16) & 255})`;
}

/** Dark letters on light fills and light ones on dark. */
export function letterOn(colour: number): string {
  const light = 0.299 * (colour & 255) + 0.587 * ((colour >> 8) & 255) + 0.114 * ((colour >> 16) & 255);
  return light > 140 ? "#111" : "#fff";
}

export function drawMolecule(
  context: CanvasRenderingContext2D,
  molecule: Molecule,
  placed: readonly Placed[],
  limit: number,
  colours: Uint32Array,
  ground: Ground,
  unit: number,
  cursor: number,
): void {
  const things = molecule.bonds.map(([a, b]) => ({ depth: (placed[a].depth + placed[b].depth) / 2 - 1e-3, a, b }));
  for (const [a, { depth }] of placed.entries()) things.push({ depth, a, b: a });
  things.sort((first, second) => first.depth - second.depth);
  context.lineCap = "round";
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const { a, b } of things) {
    const from = placed[a];
    if (a !== b) {
      context.strokeStyle = ground.quiet;
      context.lineWidth = LINE * unit;
      const to = placed[b];
      // Only what is outside the two balls, so that a bond towards the reader hides no symbol.
      const length = unit * Math.hypot(...molecule.positions[a].map((at, k) => at - molecule.positions[b][k]));
      const [cut, end] = from.radius + to.radius < length ? [from.radius / length, to.radius / length] : [0, 0];
      context.beginPath();
      context.moveTo(from.x + cut * (to.x - from.x), from.y + cut * (to.y - from.y));
      context.lineTo(to.x + end * (from.x - to.x), to.y + end * (from.y - to.y));
      context.stroke();
      continue;
    }
    const fill = colours[indexOf(molecule.relevance[a], limit)];
    if (a === cursor) {
      disc(context, from, from.radius + 6, ground.accent);
      disc(context, from, from.radius + 3, ground.surface);
    }
    disc(context, from, from.radius + 1.5, ground.quiet);
    disc(context, from, from.radius, css(fill));
    const size = Math.min(20, 1.05 * from.radius);
    if (size < 7) continue;
    context.fillStyle = letterOn(fill);
    context.font = `600 ${size}px system-ui, "Segoe UI", Helvetica, Arial, sans-serif`;
    context.fillText(molecule.symbols[a], from.x, from.y + 0.05 * size);
  }
}

function disc(context: CanvasRenderingContext2D, at: Placed, radius: number, fill: string): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A slice as squares of colour; where there is no value nothing is painted. */
export function planePicture(plane: Plane, limit: number, colours: Uint32Array): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = plane.columns;
  canvas.height = plane.rows;
  const pixels = new Uint32Array(plane.columns * plane.rows);
  for (let i = 0; i < plane.columns; i++) {
    for (let j = 0; j < plane.rows; j++) {
      const value = plane.values[i * plane.rows + j];
      if (Number.isFinite(value)) pixels[j * plane.columns + i] = colours[indexOf(value, limit)];
    }
  }
  const bytes = new Uint8ClampedArray(pixels.buffer);
  canvas.getContext("2d")?.putImageData(new ImageData(bytes, plane.columns, plane.rows), 0, 0);
  return canvas;
}

/** Draws the slice where it lies in space: without perspective that is an affine picture. */
export function drawPlane(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
  plane: Plane,
  rotation: Matrix,
  unit: number,
  width: number,
  height: number,
): void {
  const corner = apply(rotation, plane.corner.map((at, k) => at - (plane.across[k] + plane.along[k]) / 2));
  const across = apply(rotation, plane.across);
  const along = apply(rotation, plane.along);
  context.save();
  context.imageSmoothingEnabled = false;
  context.transform(
    across[0] * unit, -across[1] * unit, along[0] * unit, -along[1] * unit,
    width / 2 + corner[0] * unit, height / 2 - corner[1] * unit,
  );
  context.drawImage(picture, 0, 0);
  context.restore();
}
