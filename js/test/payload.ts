/** A small correct payload to start from, with its arrays. */
import { deflateSync } from "node:zlib";

export type Payload = Record<string, any>;

export const WIDTH = 3;
export const HEIGHT = 2;
export const STEPS = Int16Array.of(0, 1, -1, 32767, -32767, 5);
export const SCALE = 1.2e-5;
export const PICTURE = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => 7 * i);

export function zlib(bytes: Uint8Array): string {
  return deflateSync(bytes).toString("base64");
}

export function bytes(array: { buffer: ArrayBufferLike }): Uint8Array {
  return new Uint8Array(array.buffer);
}

export function payload(change: (payload: Payload) => void = () => {}): Payload {
  const sample = {
    target: "tabby",
    minus: null,
    score: 12.3,
    total: 12.298,
    picture: { dtype: "uint8", shape: [HEIGHT, WIDTH, 3], encoding: "zlib", data: zlib(PICTURE) },
    relevance: {
      dtype: "int16",
      scale: SCALE,
      shape: [1, HEIGHT, WIDTH],
      encoding: "zlib",
      data: zlib(bytes(STEPS)),
    },
    pixel: { unit: "0..255" },
  };
  const made: Payload = {
    format: "lrpwidgets.explanation",
    version: 1,
    domain: { kind: "image", channel_names: ["red", "green", "blue"] },
    method: "lrp",
    rules: "deep-taylor",
    reduced: null,
    view: { layout: "map", opacity: 0.5, sample: 1 },
    samples: [sample, structuredClone({ ...sample, target: "lynx" })],
    exact: null,
  };
  change(made);
  return made;
}
