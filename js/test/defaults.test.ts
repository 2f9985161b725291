import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { choose, isDefaulted, onDefaults, preferred, setDefaults } from "../src/defaults";
import { readOptions } from "../src/heatmap/options";
import { explanationStore, LocalStore } from "../src/store";
import { decodePayload } from "../src/decode";
import { payload } from "./payload";

afterEach(() => setDefaults({}));

test("a page's default stands in where nobody chose", () => {
  const free = new LocalStore({ cmap: "blue-red", limit_rule: "99.5%", _chosen: [] });
  setDefaults({ cmap: "seismic", limit_rule: "max" });
  assert.equal(readOptions(free, null).cmap, "seismic");
  assert.equal(readOptions(free, null).limit_rule, "max");
  assert.equal(free.get("cmap"), "blue-red", "shown, not written");
  assert.equal(readOptions(new LocalStore(), null).cmap, "seismic");
});

test("what somebody chose wins, were it the package's default", () => {
  setDefaults({ cmap: "seismic", limit_rule: "max" });
  const mine = new LocalStore({ cmap: "blue-red", limit_rule: "99.5%", _chosen: ["cmap"] });
  assert.equal(readOptions(mine, null).cmap, "blue-red");
  assert.equal(readOptions(mine, null).limit_rule, "max");
  assert.ok(isDefaulted(mine, "limit_rule") && !isDefaulted(mine, "cmap"));
  choose(mine, ["limit_rule", "opacity", "cmap"]);
  assert.deepEqual(mine.get("_chosen"), ["cmap", "limit_rule"]);
  assert.equal(readOptions(mine, null).limit_rule, "99.5%");
});

test("a store that does not say what was chosen is left as it is", () => {
  setDefaults({ cmap: "seismic" });
  const other = new LocalStore({ cmap: "blue-red" });
  choose(other, ["cmap"]);
  assert.equal(other.get("_chosen"), undefined);
  assert.equal(preferred(other, "cmap"), "blue-red");
});

test("a saved explanation keeps the colour map that it names", async () => {
  setDefaults({ cmap: "seismic" });
  const read = async (view: Record<string, unknown>) =>
    readOptions(explanationStore(await decodePayload(payload((p) => (p.view = view)))), null).cmap;
  assert.equal(await read({}), "seismic");
  assert.equal(await read({ cmap: "grey" }), "grey");
});

test("no default, or one that does not exist, is the package's", () => {
  assert.equal(readOptions(new LocalStore(), null).cmap, "blue-red");
  setDefaults({ cmap: "__proto__", limit_rule: "fixed" });
  assert.equal(readOptions(new LocalStore(), null).cmap, "blue-red");
  assert.equal(readOptions(new LocalStore(), null).limit_rule, "99.5%");
});

test("views hear of a change until they are gone", () => {
  let heard = 0;
  const off = onDefaults(() => heard++);
  setDefaults({ cmap: "grey" });
  off();
  setDefaults({});
  assert.equal(heard, 1);
});

test("two bundles on one page share it", async () => {
  setDefaults({ cmap: "grey" });
  const slot = (globalThis as unknown as Record<symbol, { values: unknown }>)[Symbol.for("lrpwidgets.defaults")];
  assert.deepEqual(slot.values, { cmap: "grey", });
});
