import assert from "node:assert/strict";
import { test } from "node:test";
import { lut, MAP_NAMES } from "../src/colour";
import { LocalStore } from "../src/store";
import { ink, luminance, NEUTRAL, readColour, shades, sheet } from "../src/text/colours";
import { further, strongest } from "../src/text/order";
import { readWords, rowStore } from "../src/text/wire";

test("a ground is the page at no opacity and the map's own colour at full opacity and the limit", () => {
  for (const cmap of MAP_NAMES) {
    const colours = lut(cmap);
    const bare = shades(cmap, 0, [17, 18, 19]);
    const full = shades(cmap, 1, [17, 18, 19]);
    assert.equal(full[NEUTRAL], null);
    assert.deepEqual(bare[254]?.ground, [17, 18, 19]);
    for (const end of [0, 254]) {
      const colour = colours[end];
      assert.deepEqual(full[end]?.ground, [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]);
    }
  }
});

test("the ink stands out from every ground in light and in dark", () => {
  for (const cmap of MAP_NAMES) {
    for (const page of [[255, 255, 255], [17, 17, 17], [128, 128, 128]] as const) {
      for (const shade of shades(cmap, 0.85, page)) {
        if (!shade) continue;
        const [a, b] = [luminance(shade.ground), luminance(shade.ink)].sort((x, y) => y - x);
        assert.ok((a + 0.05) / (b + 0.05) >= 4.5, `${cmap} ${shade.ground.join()}`);
      }
    }
  }
  assert.deepEqual(ink([255, 255, 255]), [0, 0, 0]);
  assert.deepEqual(ink([0, 0, 0]), [255, 255, 255]);
});

test("a sheet has one rule a colour and none for zero", () => {
  const rules = sheet("scope", "blue-red", 1, [255, 255, 255]).split("\n").filter(Boolean);
  assert.equal(rules.length, 254);
  assert.ok(rules.every((rule) => rule.startsWith(".scope .c")));
  assert.ok(!rules.some((rule) => rule.includes(".c127 ")));
  assert.deepEqual(readColour("rgb(1, 22, 255)"), [1, 22, 255]);
  assert.equal(readColour("rgba(0, 0, 0, 0)"), null);
});

test("words go from the strongest to the weakest, whatever the sign", () => {
  const order = strongest(Float32Array.of(0, 2, -3, 0, 2, 1));
  assert.deepEqual([...order], [2, 1, 4, 5]);
  assert.equal(further(order, null, 1), 2);
  assert.equal(further(order, 0, 1), 2);
  assert.equal(further(order, 2, 1), 1);
  assert.equal(further(order, 5, 1), 5);
  assert.equal(further(order, 1, -1), 2);
  assert.equal(further(new Uint32Array(), null, 1), null);
});

function store(values: Record<string, unknown> = {}): LocalStore {
  return new LocalStore({
    _text: "in orbit \u{1f680} now",
    _words: new DataView(Uint32Array.of(0, 2, 3, 8, 12, 15).buffer),
    _known: new DataView(Uint8Array.of(1, 1, 0).buffer),
    _relevance: new DataView(Float32Array.of(0, 1, -1).buffer),
    ...values,
  });
}

test("words are where Python said, in UTF-16 units", () => {
  const { text, spans, known, count } = readWords(store());
  assert.equal(count, 3);
  assert.deepEqual(Array.from({ length: 3 }, (_, i) => text.slice(spans[2 * i], spans[2 * i + 1])), ["in", "orbit", "now"]);
  assert.deepEqual([...known], [1, 1, 0]);
});

test("words that do not fit the text are refused", () => {
  const refused = (values: Record<string, unknown>, why: RegExp): void => {
    assert.throws(() => readWords(store(values)), why);
  };
  refused({ _text: "in" }, /lie in the text/);
  refused({ _known: new DataView(new ArrayBuffer(2)) }, /fit together/);
  refused({ _words: new DataView(Uint32Array.of(0, 2, 1, 8, 12, 15).buffer) }, /overlap/);
  refused({ _words: new DataView(Uint32Array.of(0, 2, 5, 5, 12, 15).buffer) }, /overlap/);
  refused({ _text: 7 }, /no text/);
});

test("a text is a picture of one row whose cursor is a word", () => {
  const own = store({ cursor: null, limit: 2 });
  const row = rowStore(own);
  assert.deepEqual(row.get("_shape"), [1, 1, 3]);
  assert.equal(row.get("cursor"), null);
  row.set("cursor", [0, 2]);
  assert.equal(own.get("cursor"), 2);
  assert.deepEqual(row.get("cursor"), [0, 2]);
  row.set("cursor", null);
  assert.equal(own.get("cursor"), null);
  row.set("layout", "pattern");
  assert.equal(row.get("layout"), "overlay");
  assert.equal(own.get("layout"), undefined);
  assert.equal(row.get("limit"), 2);
});
