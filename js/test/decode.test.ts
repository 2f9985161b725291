import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decodePayload, inflate, PayloadError } from "../src/decode";
import { bytes, HEIGHT, type Payload, payload, PICTURE, SCALE, STEPS, WIDTH, zlib } from "./payload";

test("a correct payload gives its arrays, bit for bit", async () => {
  const { samples, channelNames, view } = await decodePayload(payload());
  assert.equal(samples.length, 2);
  assert.deepEqual(samples[0].picture, PICTURE);
  assert.deepEqual(samples[0].relevance, Float32Array.from(STEPS, (step) => step * SCALE));
  assert.deepEqual(samples[0].shape, [1, HEIGHT, WIDTH]);
  assert.equal(samples[1].caption.target, "lynx");
  assert.equal(samples[0].caption.unit, "0..255");
  assert.deepEqual(channelNames, ["red", "green", "blue"]);
  assert.equal(view.layout, "map");
});

test("float32 and raw arrays are read too", async () => {
  const values = Float32Array.of(1, -2.5, 1e-30, 0, 3, 4);
  const data = Buffer.from(values.buffer).toString("base64");
  const { samples } = await decodePayload(
    payload((p) => {
      p.samples[0].relevance = { dtype: "float32", shape: [1, 2, 3], encoding: "raw", data };
    }),
  );
  assert.deepEqual(samples[0].relevance, values);
});

test("the note says what a filtered map flows through, and what is no text is left out", async () => {
  const note = async (passage: unknown) => (await decodePayload(payload((p) => (p.passage = passage)))).samples[0].caption.note;
  const before = await note(undefined);
  assert.equal(await note("only <b>units</b>"), ["only <b>units</b>", before].filter(Boolean).join(". "));
  assert.equal(await note({ a: 1 }), before);
});

const first = (change: (sample: Payload) => void) => (p: Payload) => change(p.samples[0]);
const nan = Float32Array.of(1, 2, Number.NaN, 4, 5, 6);

/** What is wrong, how it is made, and what the sentence must name. */
const BROKEN: [what: string, change: (p: Payload) => void, names: RegExp][] = [
  ["another format", (p) => (p.format = "png"), /format is "png"/],
  ["a newer version", (p) => (p.version = 2), /version 2.*Update/],
  ["no version", (p) => delete p.version, /version missing/],
  ["another domain", (p) => (p.domain.kind = "text"), /kind "text"/],
  ["no domain", (p) => (p.domain = null), /domain must be an object/],
  ["no sample", (p) => (p.samples = []), /no sample/],
  ["samples that are no list", (p) => (p.samples = { length: 1 }), /no sample/],
  ["far too many samples", (p) => (p.samples = Array(5000).fill(null)), /5000 samples/],
  ["a sample that is no object", (p) => (p.samples[0] = 3), /samples\[0\] must be an object/],
  ["no relevance", first((s) => delete s.relevance), /samples\[0\].relevance must be an object/],
  ["an unknown dtype", first((s) => (s.relevance.dtype = "float64")), /dtype "float64"; known here: int16, float32/],
  ["a dtype from the prototype", first((s) => (s.picture.dtype = "constructor")), /dtype "constructor"/],
  ["a negative size", first((s) => (s.relevance.shape = [1, -2, -3])), /shape \[1,-2,-3\]/],
  ["a broken size", first((s) => (s.relevance.shape = [1, 1.5, 4])), /whole numbers/],
  ["a size as text", first((s) => (s.relevance.shape = ["1", "2", "3"])), /whole numbers/],
  ["two dimensions", first((s) => (s.relevance.shape = [2, 3])), /three whole numbers/],
  ["a gigantic size", first((s) => (s.relevance.shape = [1, 1e5, 1e5])), /10000000000 values; at most/],
  ["a size beyond all numbers", first((s) => (s.relevance.shape = [2 ** 52, 2 ** 52, 2 ** 52])), /at most/],
  ["a picture of another size", first((s) => (s.picture.shape = [3, 2, 3])), /3 x 2 x 3; the relevance asks for 2 x 3 x 3/],
  ["a picture without colour", first((s) => (s.picture.shape = [2, 3, 1])), /2 x 3 x 1/],
  ["a scale that is no number", first((s) => (s.relevance.scale = "1")), /scale "1"/],
  ["an infinite scale", first((s) => (s.relevance.scale = Number.POSITIVE_INFINITY)), /scale null/],
  ["no scale", first((s) => delete s.relevance.scale), /scale missing/],
  ["an unknown encoding", first((s) => (s.relevance.encoding = "gzip")), /encoding "gzip"/],
  ["no data", first((s) => (s.picture.data = undefined)), /samples\[0\].picture has no data/],
  ["text that is not base64", first((s) => (s.picture.data = "<script>")), /not base64/],
  ["data that is not zlib", first((s) => (s.picture.data = "AAAA")), /damaged/],
  ["data cut short", first((s) => (s.picture.data = zlib(PICTURE).slice(0, 16))), /damaged|unpacks to/],
  ["too few bytes", first((s) => (s.picture.data = zlib(PICTURE.slice(1)))), /unpacks to 17 bytes.*18/],
  ["one byte too many", first((s) => (s.picture.data = zlib(new Uint8Array(19)))), /more than the 18 bytes/],
  ["a bomb", first((s) => (s.picture.data = zlib(new Uint8Array(1e6)))), /more than the 18 bytes/],
  ["a long text for a small shape", first((s) => (s.picture.data = "A".repeat(1e5))), /more data than its shape/],
  [
    "raw data of another length",
    first((s) => Object.assign(s.picture, { encoding: "raw", data: "AAAA" })),
    /3 bytes; its shape asks for 18/,
  ],
  [
    "a value that is not finite",
    first((s) => (s.relevance = { dtype: "float32", shape: [1, 2, 3], encoding: "zlib", data: zlib(bytes(nan)) })),
    /not a finite number, at position 2/,
  ],
  ["a view that is text", (p) => (p.view = "map"), /view must be an object/],
];

for (const [what, change, names] of BROKEN) {
  test(`${what} is refused in a sentence`, async () => {
    await assert.rejects(decodePayload(payload(change)), (error) => {
      assert.ok(error instanceof PayloadError, String(error));
      assert.match(error.message, names);
      assert.match(error.message, /^[A-Za-z].*\.$/s);
      return true;
    });
  });
}

for (const value of [null, undefined, 3, "text", [], true]) {
  test(`${JSON.stringify(value)} is no payload`, async () => {
    await assert.rejects(decodePayload(value), PayloadError);
  });
}

test("a bomb is stopped long before its end is reached", async () => {
  const bomb = Uint8Array.from(deflateSync(new Uint8Array(2e7)));
  bomb.fill(255, bomb.length - 2000); // reading on would find the damage and say so
  await assert.rejects(inflate(bomb, 18, "x"), /more than the 18 bytes/);
  await assert.rejects(inflate(bomb, 2e7, "x"), /damaged/);
});
