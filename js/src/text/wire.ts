/** The store of a text as one of a picture of one row, a pixel a word: limits, colours and keys are then the heat map's. */
import { bytesOf } from "../heatmap/source";
import type { Store } from "../store";

export interface Words {
  text: string;
  /** Start and end of each word in `text`, in UTF-16 units. */
  spans: Uint32Array;
  known: Uint8Array;
  count: number;
}

/** Reads what Python sent; throws a sentence where it contradicts itself. */
export function readWords(store: Store): Words {
  const text = store.get("_text");
  const spans = new Uint32Array(bytes(store.get("_words")).buffer);
  const known = bytes(store.get("_known"));
  const count = spans.length / 2;
  if (typeof text !== "string") throw new Error("The text is no text.");
  if (!Number.isInteger(count) || known.length !== count) throw new Error("The words of the text do not fit together.");
  let before = 0;
  for (let i = 0; i < count; i++) {
    if (spans[2 * i] < before || spans[2 * i + 1] <= spans[2 * i]) throw new Error("The words of the text overlap.");
    before = spans[2 * i + 1];
  }
  if (before > text.length) throw new Error("The words do not lie in the text.");
  return { text, spans, known, count };
}

/** `cursor` is a word there, and [0, word] here; what belongs to pictures alone has one value. */
export function rowStore(store: Store): Store {
  const count = (): number => Math.floor((bytesOf(store.get("_words"))?.byteLength ?? 0) / 8);
  const fixed: Record<string, () => unknown> = {
    cursor: () => (typeof store.get("cursor") === "number" ? [0, store.get("cursor")] : null),
    layout: () => "overlay",
    channel: () => "sum",
    pixelated: () => true,
    viewport: () => null,
    _channel_names: () => [],
    _shape: () => (count() ? [1, 1, count()] : [0, 0, 0]),
    _picture: () => new DataView(new ArrayBuffer(3 * count())),
  };
  return {
    ...store,
    get: (name) => (Object.hasOwn(fixed, name) ? fixed[name]() : store.get(name)),
    set: (name, value) => {
      if (name === "cursor") store.set(name, Array.isArray(value) ? value[1] : null);
      else if (!Object.hasOwn(fixed, name)) store.set(name, value);
    },
    commit: () => store.commit(),
    on: (name, callback) => store.on(name, callback),
  };
}

/** A copy, at an offset where numbers can be read. */
function bytes(value: unknown): Uint8Array {
  return bytesOf(value)?.slice() ?? new Uint8Array();
}
