/**
 * The ground and the ink of a word, by the recipe of lrpwidgets/render/text_sample.py:
 *
 *   v = clip(R / limit, -1, 1)    a = opacity sqrt(|v|)    ground = floor((1 - a) page + a lut + 0.5)
 *
 * The ink is black or white, whichever stands out more; the contrast is never below 4.5.
 */
import { lut } from "../colour";

export type Rgb = readonly [number, number, number];

export const NEUTRAL = 127;

/** Ground and ink of each of the 255 colours; null for the neutral one, where the page shows. */
export function shades(cmap: string, opacity: number, page: Rgb): ({ ground: Rgb; ink: Rgb } | null)[] {
  return Array.from(lut(cmap), (colour, index) => {
    if (index === NEUTRAL) return null;
    const share = opacity * Math.sqrt(Math.abs(index - NEUTRAL) / NEUTRAL);
    const full: Rgb = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
    const ground = full.map((level, i) => Math.floor((1 - share) * page[i] + share * level + 0.5)) as unknown as Rgb;
    return { ground, ink: ink(ground) };
  });
}

export function ink(ground: Rgb): Rgb {
  return (luminance(ground) + 0.05) ** 2 >= 1.05 * 0.05 ? [0, 0, 0] : [255, 255, 255];
}

export function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((level) => {
    const part = level / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** "rgb(255, 255, 255)" as a browser computes it; null for what is not opaque or written otherwise. */
export function readColour(css: string): Rgb | null {
  const found = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(css);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : null;
}

/** The style sheet of a view: one class a colour, under the class `scope`. */
export function sheet(scope: string, cmap: string, opacity: number, page: Rgb): string {
  return shades(cmap, opacity, page)
    .map((shade, index) =>
      shade
        ? `.${scope} .c${index} { background: rgb(${shade.ground.join()}); color: rgb(${shade.ink.join()}); }`
        : "",
    )
    .join("\n");
}
