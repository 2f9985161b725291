/** What there is to show: the arrays that Python or a payload put into the store, checked. */
import type { Store } from "../store";

export interface Source {
  width: number;
  height: number;
  channels: number;
  /** Names that can be asked for; empty where the channels arrived summed. */
  channelNames: string[];
  /** (height, width, 3) */
  picture: Uint8Array;
  /** (channel, height, width) */
  relevance: Float32Array;
}

/** Everything that `readSource` reads: when one of these changes, the source is read anew. */
export const WIRE_NAMES: readonly string[] = ["_picture", "_relevance", "_shape", "_channel_names"];

/** null while there is nothing to show yet; throws where the arrays contradict their shape. */
export function readSource(store: Store): Source | null {
  const picture = bytesOf(store.get("_picture"));
  const relevance = bytesOf(store.get("_relevance"));
  const shape = store.get("_shape");
  if (!picture?.length || !relevance?.length || !Array.isArray(shape) || shape.length !== 3) return null;
  const [channels, height, width] = shape.map(Number);
  const elements = channels * height * width;
  if (picture.length !== height * width * 3 || relevance.length !== elements * 4) {
    throw new Error(
      `The arrays do not fit the shape ${shape.join(" x ")}: ` +
        `${picture.length} bytes of picture, ${relevance.length} bytes of relevance.`,
    );
  }
  const names = store.get("_channel_names");
  const usable = Array.isArray(names) && channels > 1 && names.length === channels;
  // Messages may put an array at any offset; numbers need one that is a multiple of four.
  const aligned = relevance.byteOffset % 4 === 0 ? relevance : relevance.slice();
  return {
    width,
    height,
    channels,
    channelNames: usable ? names.map(String) : [],
    picture,
    relevance: new Float32Array(aligned.buffer, aligned.byteOffset, elements),
  };
}

export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : null;
}
