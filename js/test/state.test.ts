import assert from "node:assert/strict";
import { test } from "node:test";
import { limitAt, positionOf } from "../src/heatmap/commands";
import { decodePayload } from "../src/decode";
import { plain, signed } from "../src/format";
import { readOptions } from "../src/heatmap/options";
import { Painter } from "../src/heatmap/painter";
import { readSource } from "../src/heatmap/source";
import { explanationStore, LocalStore, modelStore } from "../src/store";
import { payload } from "./payload";

test("a store tells of changes, not of the same value again", () => {
  const store = new LocalStore({ opacity: 1, cursor: [1, 2] });
  const heard: unknown[] = [];
  const off = store.on("opacity", () => heard.push(store.get("opacity")));
  store.on("cursor", () => heard.push("cursor"));
  store.set("opacity", 1);
  store.set("cursor", [1, 2]);
  assert.deepEqual(heard, []);
  store.update({ opacity: 0.5, cursor: null });
  assert.deepEqual(heard, [0.5, "cursor"]);
  off();
  store.set("opacity", 0);
  assert.equal(heard.length, 2);
});

test("choosing a sample swaps arrays and caption together", async () => {
  const decoded = await decodePayload(payload((p) => (p.view.sample = 1)));
  const store = explanationStore(decoded);
  assert.equal((store.get("_caption") as { target: string }).target, "lynx");
  store.on("_relevance", () => assert.equal((store.get("_caption") as { target: string }).target, "tabby"));
  store.set("sample", 0);
  assert.equal(store.get("_relevance"), decoded.samples[0].relevance);
  assert.equal(store.get("_samples"), 2);
  for (const sample of [99, -1, "1", null]) {
    decoded.view.sample = sample;
    assert.equal(explanationStore(decoded).get("sample"), 0);
  }
});

test("a widget's layout travels under another name", () => {
  const log: string[] = [];
  const store = modelStore({
    get: (name) => (log.push(`get ${name}`), null),
    set: (name) => log.push(`set ${name}`),
    save_changes: () => log.push("save"),
    on: (event) => log.push(`on ${event}`),
    off: (event) => log.push(`off ${event}`),
    send: () => log.push("send"),
  });
  store.get("layout");
  store.set("layout", "map");
  store.set("cmap", "grey");
  store.on("layout", () => {})();
  store.commit();
  const wanted = ["get _layout", "set _layout", "set cmap", "on change:_layout", "off change:_layout", "save"];
  assert.deepEqual(log, wanted);
});

test("the arrays are read from any kind of bytes, and must fit their shape", () => {
  const relevance = new Uint8Array(8 * 4 + 1);
  new Uint8Array(relevance.buffer, 1).set(new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer));
  const values = {
    _picture: new Uint8Array(12).buffer,
    _relevance: new DataView(relevance.buffer, 1),
    _shape: [2, 2, 2],
    _channel_names: ["red", "green"],
  };
  const source = readSource(new LocalStore(values));
  assert.deepEqual([...source!.relevance], [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(source!.channelNames, ["red", "green"]);
  assert.equal(readSource(new LocalStore({ ...values, _picture: new Uint8Array(0) })), null);
  assert.equal(readSource(new LocalStore()), null);
  assert.throws(() => readSource(new LocalStore({ ...values, _shape: [1, 2, 2] })), /do not fit the shape 1 x 2 x 2/);
  assert.throws(() => readSource(new LocalStore({ ...values, _shape: [2, 2, 3] })), /do not fit/);
  assert.throws(() => readSource(new LocalStore({ ...values, _picture: new Uint8Array(11) })), /11 bytes of picture/);
});

const SOURCE = {
  width: 2,
  height: 1,
  channels: 2,
  channelNames: ["red", "green"],
  picture: new Uint8Array(6),
  relevance: Float32Array.of(1, 2, -4, 8),
};

test("options that nobody could mean become the default", () => {
  const odd = { layout: "constructor", opacity: "1", limit: Number.NaN, limit_rule: "fixed", cmap: "__proto__" };
  const rest = { pixelated: 1, channel: "alpha", sample: -3, cursor: [0, 2], viewport: { x: "0", zoom: 3 } };
  assert.deepEqual(readOptions(new LocalStore({ ...odd, ...rest }), SOURCE), {
    layout: "overlay",
    opacity: 0.85,
    limit: null,
    limit_rule: "99.5%",
    cmap: "blue-red",
    pixelated: true,
    channel: "sum",
    sample: 0,
    cursor: null,
    viewport: { x: 0, y: 0, zoom: 1 },
  });
});

test("the painter's limit follows channel and rule, and its keys follow what is seen", () => {
  const painter = new Painter(SOURCE);
  const options = readOptions(new LocalStore({ limit_rule: "max" }), SOURCE);
  assert.equal(painter.limit(options), 10);
  assert.equal(painter.limit({ ...options, channel: "red" }), 2);
  assert.equal(painter.limit({ ...options, channel: "red", limit_rule: "99.5%" }), 1);
  assert.equal(painter.limit({ ...options, limit_rule: "fixed", limit: 3 }), 3);
  assert.equal(painter.key("map", options), painter.key("map", { ...options, opacity: 0 }));
  assert.notEqual(painter.key("overlay", options), painter.key("overlay", { ...options, opacity: 0 }));
  assert.notEqual(painter.key("pattern", options), painter.key("pattern", { ...options, channel: "red" }));
  assert.equal(painter.key("input", options), painter.key("input", { ...options, cmap: "grey", channel: "red" }));
});

test("the limit's slider goes there and back", () => {
  for (const position of [0, 0.25, 0.5, 1]) assert.ok(Math.abs(positionOf(limitAt(position, 0.3), 0.3) - position) < 1e-9);
  assert.ok(Math.abs(limitAt(0.75, 0.3) - 0.3) < 1e-12);
  assert.equal(positionOf(0, 0), 0);
});

test("numbers are short and signed where the sign is the message", () => {
  const wanted: [number, string][] = [
    [0.0141, "+0.0141"],
    [-0.021, "-0.0210"],
    [12.298, "+12.3"],
    [123456, "+1.23e+5"],
    [-0.0000261, "-2.61e-5"],
    [0, "0"],
    [99.96, "+100.0"],
  ];
  for (const [value, text] of wanted) assert.equal(signed(value), text);
  assert.equal(plain(12.3, 5), "12.300");
});
