import assert from "node:assert/strict";
import { test } from "node:test";
import { decimals, fixed, PARTS, reachOf, segments, totals } from "../src/rules/numbers";
import { between, outline, visible } from "../src/rules/outline";
import { matcher } from "../src/rules/pattern";
import { fault, PATTERN, places, reach, withTied } from "../src/rules/places";
import type { Account, Form, Layer, Row } from "../src/rules/wire";
import { shares } from "../src/rules/wire";

const layer = (path: string, group = "", legal: string[] = ["Zero", "Gamma"]): Layer => ({
  path,
  kind: "Conv2d",
  shape: "",
  rule: "",
  weights: !!group,
  group,
  legal,
  data: null,
});
const NET = [
  layer("features", "", []),
  layer("features.0", "first", ["Zero", "Gamma", "ZBox"]),
  layer("features.1", "", ["Gradient", "Pass"]),
  layer("features.2", "convolution"),
  layer("blocks.0.proj", "dense"),
  layer("features.0#2", "convolution"),
  layer("head", "dense"),
];
const RULES = ["Zero", "Gamma", "ZBox", "Pass"];

test("patterns match as Python's fnmatch does", () => {
  const cases: [string, string, boolean][] = [
    ["features.*", "features.0", true],
    ["features.*", "featuresx0", false],
    ["features.?", "features.12", false],
    ["features.[0-2]", "features.1", true],
    ["features.[!0]", "features.0", false],
    ["features.[!0]", "features.1", true],
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["a.b", "a.b#2", true],
    ["a.b#2", "a.b", false],
    ["a+b", "aab", false],
    ["a[b", "a[b", true],
    ["a[z-a]", "az", false],
    ["Features.*", "features.0", false],
    ["*.conv", "x.y.conv", true],
  ];
  for (const [pattern, path, expected] of cases) assert.equal(matcher(pattern)(path), expected, `${pattern} ${path}`);
});

test("paths become a tree, with containers that were never called, and each second call beside the first", () => {
  const nodes = outline(NET);
  assert.deepEqual(
    nodes.map(({ path, level, children }) => [path, level, children]),
    [
      ["features", 1, 4],
      ["features.0", 2, 0],
      ["features.1", 2, 0],
      ["features.2", 2, 0],
      ["features.0#2", 2, 0],
      ["blocks", 1, 1],
      ["blocks.0", 2, 1],
      ["blocks.0.proj", 3, 0],
      ["head", 1, 0],
    ],
  );
  assert.equal(nodes.find(({ path }) => path === "blocks.0")!.layer, null);
  assert.equal(outline([layer("")])[0].name, "(model)");
  const shown = visible(nodes, new Set(["features", "blocks"])).map(({ path }) => path);
  assert.deepEqual(shown, ["features", "blocks", "head"]);
  assert.deepEqual(between(nodes, "features.2", "features.0"), ["features.0", "features.1", "features.2"]);
  assert.deepEqual(between(nodes, "gone", "head"), ["head"]);
});

test("a rule can be set at the layer, at what it lies in, at its group, at several, at a pattern", () => {
  const of = (...chosen: string[]): string[] => places(NET, chosen, RULES).map(({ value }) => value);
  assert.deepEqual(of("features.2"), ["features.2", "features.*", "first", "convolutions", "dense", "*", PATTERN]);
  assert.deepEqual(of("blocks.0.proj").slice(0, 3), ["blocks.0.proj", "blocks.0.*", "blocks.*"]);
  assert.equal(of("features")[0], "features.*");
  assert.equal(of("features.2", "head")[0], "picked");
  const [picked] = places(NET, ["features.0", "head"], RULES);
  assert.deepEqual(picked.where, ["features.0", "head"]);
  assert.deepEqual(picked.legal, ["Zero", "Gamma"]);
  const find = (value: string) => places(NET, ["features.2"], RULES).find((place) => place.value === value)!;
  assert.deepEqual(find("first").legal, ["Zero", "Gamma", "ZBox"].concat(["WSquare", "Flat"]));
  assert.ok(!find("features.*").legal.includes("ZBox"));
  assert.match(find("features.*").label, /3 layers/);
});

test("a pattern says how many layers it reaches, and which keep their own rule", () => {
  assert.equal(reach(NET, "features.*", []), "3 layers with weights");
  assert.equal(reach(NET, "head", []), "1 layer with weights");
  assert.equal(reach(NET, "nowhere", []), "0 layers with weights");
  assert.match(reach(NET, "features.*", [{ where: "features.2" }]), /features\.2 keeps its own rule/);
  assert.doesNotMatch(reach(NET, "features.*", [{ where: "features.*" }, { where: "*" }]), /keep/);
});

test("numbers out of a parameter's range are found out, and tied ones follow", () => {
  const epsilon = { name: "epsilon", type: "float" as const, default: 1e-6, doc: "", low: 0, above: true, tied: null };
  assert.equal(fault(epsilon, 1e-9), "");
  assert.equal(fault(epsilon, 0), "epsilon must be above 0");
  assert.equal(fault({ ...epsilon, above: false }, -1), "epsilon must be at least 0");
  assert.equal(fault({ ...epsilon, low: null }, -1), "");
  assert.equal(fault(epsilon, NaN), "epsilon must be a number");
  const form = {
    parameters: [
      { ...epsilon, name: "alpha", tied: ["beta", 1] },
      { ...epsilon, name: "beta", tied: ["alpha", -1] },
      { ...epsilon, name: "bias", type: "bool" },
    ],
  } as unknown as Form;
  assert.deepEqual(withTied(form, { alpha: 3.3, beta: 1 }, "alpha"), { alpha: 3.3, beta: 2.3 });
  assert.deepEqual(withTied(form, { alpha: 3, beta: 0.1 }, "beta"), { alpha: 1.1, beta: 0.1 });
  assert.deepEqual(withTied(form, { alpha: 3, bias: true }, "bias"), { alpha: 3, bias: true });
});

const row = (incoming: number, outgoing: number, bias = 0, stabilizer = 0, stopped = 0, path = "a"): Row => ({
  path,
  rule: "",
  incoming,
  outgoing,
  bias,
  stabilizer,
  stopped,
});
const account = (start: number, end: number, ...rows: Row[]): Account => ({ answer: 1, samples: 1, start, end, rows });

test("printed numbers have one number of decimals, and what is not zero does not read zero", () => {
  assert.equal(decimals(account(12.3, 12.3, row(12.3, 12.3))), 3);
  assert.equal(decimals(account(0.0123, 0, row(0.0123, 0.1))), 5);
  assert.equal(decimals(account(123456, 0, row(1, 1))), 0);
  assert.equal(decimals(account(0, 0, row(0, 0))), 0);
  assert.equal(fixed(12.3456789, 3), "12.346");
  assert.equal(fixed(-0.5, 3), "\u22120.500");
  assert.equal(fixed(2e-7, 3), "2e\u22127");
  assert.equal(fixed(-2e-7, 3), "\u22122e\u22127");
  assert.equal(fixed(0, 3), "0");
  assert.equal(fixed(NaN, 3), "NaN");
});

test("printed parts of a row add up to what came in, to the last digits", () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.3;
  for (let i = 0; i < 200; i++) {
    const parts = PARTS.map(() => random() * 10 ** Math.round(6 * random()));
    const one = row(parts.reduce((a, b) => a + b), ...(parts as [number, number, number, number]));
    const all = account(one.incoming, one.outgoing, one);
    const places = decimals(all);
    const read = (value: number): number => Number(fixed(value, places).replaceAll("\u2212", "-"));
    const sum = PARTS.reduce((total, part) => total + read(one[part]), 0);
    assert.ok(Math.abs(sum - read(one.incoming)) <= 2.5 * 10 ** -places + 1e-9);
  }
  const { bias, stopped, unaccounted } = totals(account(10, 7, row(10, 8, 1, 0, 1), row(8, 7, 0.5, 0.25, 0.25)));
  assert.deepEqual([bias, stopped, unaccounted], [1.5, 1.25, 0]);
});

test("bars lie on one scale, positive parts right of zero and negative ones left", () => {
  const rows = [row(10, 12, 0, 0, -2), row(10, 6, 3, 1, 0)];
  const reached = reachOf(rows);
  assert.deepEqual(reached, [2, 12]);
  const first = segments(rows[0], reached);
  assert.deepEqual(first.map(({ part }) => part), ["outgoing", "stopped"]);
  assert.ok(Math.abs(first[0].left - 2 / 14) < 1e-12 && Math.abs(first[0].width - 12 / 14) < 1e-12);
  assert.ok(Math.abs(first[1].left) < 1e-12 && Math.abs(first[1].width - 2 / 14) < 1e-12);
  const second = segments(rows[1], reached);
  for (let i = 1; i < second.length; i++) assert.ok(Math.abs(second[i].left - second[i - 1].left - second[i - 1].width) < 1e-12);
  assert.deepEqual(segments(row(0, 0), [0, 0]), []);
  assert.equal(segments(row(1, 1, 1e-7), [0, 1]).length, 1);
  assert.equal(segments(row(NaN, NaN), reachOf([row(NaN, NaN), row(1, 1)])).length, 0);
});

test("a layer's share is what first arrived there", () => {
  const found = shares(account(4, 4, row(4, 4, 0, 0, 0, "b"), row(3, 3), row(1, 1)));
  assert.deepEqual([...found], [["b", 1], ["a", 0.75]]);
  assert.equal(shares(account(0, 0, row(1, 1))).size, 0);
  assert.equal(shares(null).size, 0);
});
