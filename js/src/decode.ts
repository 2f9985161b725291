/** Reads a payload that anybody may have written: every size and type is checked before it is used. */

/** Its message is a sentence that can be shown to the reader. */
export class PayloadError extends Error {
  override name = "PayloadError";
}

export interface Sample {
  /** (height, width, 3), 0..255 */
  picture: Uint8Array;
  /** (channel, height, width) */
  relevance: Float32Array;
  shape: [channels: number, height: number, width: number];
  caption: Record<string, unknown>;
}

export interface Decoded {
  samples: Sample[];
  channelNames: string[];
  /** The view options as they were written; the view itself checks each one that it uses. */
  view: Record<string, unknown>;
}

type Fields = Record<string, unknown>;

const FORMAT = "lrpwidgets.explanation";
const VERSION = 1;
const MAX_ELEMENTS = 64 * 2 ** 20;
const MAX_SAMPLES = 4096;
const BYTES = { uint8: 1, int16: 2, float32: 4 } as const;
type DType = keyof typeof BYTES;

export async function decodePayload(payload: unknown): Promise<Decoded> {
  const root = fields(payload, "The payload");
  if (root.format !== FORMAT) fail(`This is not an explanation: its format is ${shown(root.format)}, not "${FORMAT}".`);
  if (root.version !== VERSION) {
    fail(`This explanation has version ${shown(root.version)}; this viewer reads version ${VERSION}. Update lrpwidgets.`);
  }
  const domain = fields(root.domain, "domain");
  if (domain.kind !== "image") fail(`This viewer shows images; the explanation is of kind ${shown(domain.kind)}.`);
  const list = root.samples;
  if (!Array.isArray(list) || list.length === 0) fail("The explanation holds no sample.");
  if (list.length > MAX_SAMPLES) fail(`The explanation holds ${list.length} samples; at most ${MAX_SAMPLES} are read.`);
  const said = [root.passage, domain.note].filter((words) => typeof words === "string");
  const note = [...texts(said, 300), ...texts(root.notes, 300)].join(". ");
  const settings = (typeof root.settings === "object" && root.settings !== null ? root.settings : {}) as Fields;
  const { window, stride } = settings;
  const common = { method: root.method, rules: root.rules, reduced: root.reduced, note, window, stride };
  const samples: Sample[] = [];
  let elements = 0;
  for (const [number, entry] of list.entries()) {
    const sample = await decodeSample(fields(entry, `samples[${number}]`), `samples[${number}]`, common);
    elements += sample.relevance.length;
    if (elements > MAX_ELEMENTS) fail(`The samples hold more than ${MAX_ELEMENTS} values together.`);
    samples.push(sample);
  }
  return {
    samples,
    channelNames: texts(domain.channel_names),
    view: root.view === undefined || root.view === null ? {} : { ...fields(root.view, "view") },
  };
}

async function decodeSample(entry: Fields, where: string, common: Fields): Promise<Sample> {
  const relevanceAt = `${where}.relevance`;
  const pictureAt = `${where}.picture`;
  const relevance = describe(entry.relevance, relevanceAt, ["int16", "float32"]);
  const picture = describe(entry.picture, pictureAt, ["uint8"]);
  const [channels, height, width] = relevance.shape;
  const [rows, columns, colours] = picture.shape;
  if (rows !== height || columns !== width || colours !== 3) {
    fail(`${pictureAt} has shape ${picture.shape.join(" x ")}; the relevance asks for ${height} x ${width} x 3.`);
  }
  const pixel = entry.pixel === undefined ? {} : fields(entry.pixel, `${where}.pixel`);
  const { target, minus, score, total, sums } = entry;
  return {
    picture: await bytesOf(picture, pictureAt),
    relevance: numbers(relevance, await bytesOf(relevance, relevanceAt), relevanceAt),
    shape: [channels, height, width],
    caption: { ...common, target, minus, score, total, sums, unit: pixel.unit },
  };
}

interface Described {
  dtype: DType;
  shape: number[];
  scale: number;
  zlib: boolean;
  data: string;
  bytes: number;
}

/** Checks what an array says about itself, before a byte of it is decoded. */
function describe(value: unknown, where: string, dtypes: DType[]): Described {
  const array = fields(value, where);
  const dtype = dtypes.find((known) => known === array.dtype);
  if (!dtype) fail(`${where} has dtype ${shown(array.dtype)}; known here: ${dtypes.join(", ")}.`);
  const shape = array.shape;
  if (!Array.isArray(shape) || shape.length !== 3 || !shape.every((n) => Number.isSafeInteger(n) && n > 0)) {
    fail(`${where} has shape ${shown(shape)}; three whole numbers above 0 are needed.`);
  }
  const elements = shape.reduce((product: number, n: number) => product * n, 1);
  if (!(elements <= MAX_ELEMENTS)) fail(`${where} has ${elements} values; at most ${MAX_ELEMENTS} are read.`);
  const scale = dtype === "int16" ? array.scale : 1;
  if (typeof scale !== "number" || !Number.isFinite(scale) || scale < 0) {
    fail(`${where} has scale ${shown(scale)}; a finite number >= 0 is needed.`);
  }
  if (array.encoding !== "zlib" && array.encoding !== "raw") {
    fail(`${where} has encoding ${shown(array.encoding)}; known: zlib, raw.`);
  }
  if (typeof array.data !== "string") fail(`${where} has no data.`);
  return { dtype, shape, scale, zlib: array.encoding === "zlib", data: array.data, bytes: elements * BYTES[dtype] };
}

async function bytesOf(array: Described, where: string): Promise<Uint8Array<ArrayBuffer>> {
  // Deflate adds at most 5 bytes a block to what it cannot shrink, so longer text is wrong before it is decoded.
  const longest = Math.ceil((array.bytes * 1.01 + 1024) / 3) * 4;
  if (array.data.length > longest) fail(`${where} has more data than its shape allows.`);
  let text: string;
  try {
    text = atob(array.data);
  } catch {
    fail(`${where} holds text that is not base64.`);
  }
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  if (array.zlib) return inflate(packed, array.bytes, where);
  if (packed.length !== array.bytes) fail(`${where} has ${packed.length} bytes; its shape asks for ${array.bytes}.`);
  return packed;
}

/** Inflates to exactly `expected` bytes; stops at the first byte too many, so that a small file cannot fill memory. */
export async function inflate(
  packed: Uint8Array<ArrayBuffer>,
  expected: number,
  where: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(expected);
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > expected) fail(`${where} unpacks to more than the ${expected} bytes of its shape.`);
      out.set(value, filled);
      filled += value.length;
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    if (error instanceof PayloadError) throw error;
    fail(`${where} is damaged: it does not unpack as zlib.`);
  }
  if (filled !== expected) fail(`${where} unpacks to ${filled} bytes; its shape asks for ${expected}.`);
  return out;
}

/** Little-endian numbers to float32; int16 is multiplied by its scale in float64 first, as Python does. */
function numbers(array: Described, bytes: Uint8Array<ArrayBuffer>, where: string): Float32Array {
  if (array.dtype === "int16") {
    const quantised = new Int16Array(bytes.buffer);
    const out = new Float32Array(quantised.length);
    for (let i = 0; i < out.length; i++) out[i] = quantised[i] * array.scale;
    return out;
  }
  const out = new Float32Array(bytes.buffer);
  for (let i = 0; i < out.length; i++) {
    if (!Number.isFinite(out[i])) fail(`${where} holds a value that is not a finite number, at position ${i}.`);
  }
  return out;
}

function fields(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(`${where} must be an object.`);
  return value as Fields;
}

function texts(value: unknown, longest = 80): string[] {
  return Array.isArray(value) ? value.slice(0, 4096).map((text) => String(text).slice(0, longest)) : [];
}

/** A short rendering of a stranger's value for a message; it is set as text, never as HTML. */
function shown(value: unknown): string {
  const text = value === undefined ? "missing" : (JSON.stringify(value) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function fail(message: string): never {
  throw new PayloadError(message);
}
