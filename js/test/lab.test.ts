import assert from "node:assert/strict";
import { test } from "node:test";

import type { Contents } from "@jupyterlab/services";

import maps from "../../lrpwidgets/render/colormaps.json";
import paperSchema from "../schema/paper.json";
import settingsSchema from "../schema/plugin.json";
import { askCode, type LiveModel, managerOf, modelId } from "../src/lab/live";
import { EXPLANATION, VIEW, WIDGET_VIEW } from "../src/lab/names";
import { createNotebook } from "../src/lab/newnotebook";
import { placeOf, readFrom, readPlace, samePlace } from "../src/lab/place";
import { SECTIONS, title } from "../src/lab/sections";
import { codeIn } from "../src/lab/still";

/** A folder of a server: path -> content. `stolen` names are taken by somebody else after the folder was read. */
function server(files: Record<string, unknown>, stolen: string[] = []) {
  const conflict = Object.assign(new Error("taken"), { response: { status: 409 } });
  const contents = {
    newUntitled: async ({ path }: { path: string }) => {
      const untitled = path && !path.endsWith(":") ? `${path}/Untitled.ipynb` : `${path}Untitled.ipynb`;
      files[untitled] = "empty";
      return { path: untitled };
    },
    save: async (path: string, { content }: { content: unknown }) => void (files[path] = content),
    get: async (folder: string) => ({
      content: Object.keys(files)
        .filter((path) => path.split("/").slice(0, -1).join("/") === folder)
        .map((path) => ({ name: path.split("/").pop() })),
    }),
    rename: async (from: string, to: string) => {
      if (stolen.includes(to)) files[to] = "somebody's";
      if (to in files) throw conflict;
      files[to] = files[from];
      delete files[from];
      return { path: to };
    },
    delete: async (path: string) => void delete files[path],
  };
  return contents as unknown as Contents.IManager & typeof contents;
}

const NOTEBOOK = { nbformat: 4 };

test("a new notebook takes the free name", async () => {
  const files = {};
  assert.equal(await createNotebook(server(files), "", "start", NOTEBOOK), "start.ipynb");
  assert.deepEqual(files, { "start.ipynb": NOTEBOOK });
});

test("a new notebook never overwrites, in any folder", async () => {
  const files = { "a/start.ipynb": "mine", "a/start-2.ipynb": "mine too" };
  assert.equal(await createNotebook(server(files), "a", "start", NOTEBOOK), "a/start-3.ipynb");
  assert.deepEqual(files, { "a/start.ipynb": "mine", "a/start-2.ipynb": "mine too", "a/start-3.ipynb": NOTEBOOK });
});

test("a drive's root takes no slash", async () => {
  const files = {};
  assert.equal(await createNotebook(server(files), "Drive:", "start", NOTEBOOK), "Drive:start.ipynb");
});

test("a name that is taken in the meantime is left to its owner", async () => {
  const files: Record<string, unknown> = {};
  assert.equal(await createNotebook(server(files, ["start.ipynb"]), "", "start", NOTEBOOK), "start-2.ipynb");
  assert.equal(files["start.ipynb"], "somebody's");
});

test("a failure leaves no half-made file and is told", async () => {
  const files = {};
  const contents = server(files);
  contents.save = () => Promise.reject(new Error("disk full")) as never;
  await assert.rejects(createNotebook(contents, "", "start", NOTEBOOK), /disk full/);
  assert.deepEqual(files, {});
});

test("the widget's id is found in the standard type, then in ours", () => {
  const ours = { widget: { model_id: "b" } };
  assert.equal(modelId({ [WIDGET_VIEW]: { model_id: "a" }, [EXPLANATION]: ours }), "a");
  assert.equal(modelId({ [EXPLANATION]: ours }), "b");
  assert.equal(modelId({ [VIEW]: ours }), "b");
});

test("what a stranger wrote instead of an id is no id", () => {
  for (const id of [undefined, null, "", 7, {}, ["a"]]) {
    assert.equal(modelId({ [WIDGET_VIEW]: { model_id: id as never }, [EXPLANATION]: { widget: id as never } }), null);
  }
  assert.equal(modelId({ [WIDGET_VIEW]: "a", [VIEW]: null }), null);
});

test("a renderer that has no manager yet is not waited for", async () => {
  type Renderer = Parameters<typeof managerOf>[0];
  const manager = { has_model: () => true };
  assert.equal(await managerOf({ _manager: { promise: Promise.resolve(manager) } } as unknown as Renderer), manager);
  assert.equal(await managerOf({ _manager: { promise: new Promise(() => undefined) } } as unknown as Renderer), null);
  assert.equal(await managerOf({} as Renderer), null);
});

/** A model whose kernel answers `said` to every message, or nothing. */
function kernel(...said: unknown[]) {
  const listeners = new Set<(content: unknown) => void>();
  const model: LiveModel = {
    send: () => said.forEach((content) => setTimeout(() => listeners.forEach((listener) => listener(content)), 0)),
    on: (_, listener) => void listeners.add(listener),
    off: (_, listener) => void listeners.delete(listener),
  };
  return { manager: { has_model: () => true, get_model: async () => model }, listeners };
}

test("a live view is asked for its code, and nobody goes on listening", async () => {
  const answers = kernel({ kind: "progress" }, null, { kind: "code", code: "lw.view(ex)" });
  assert.equal(await askCode(answers.manager, "id", 1000), "lw.view(ex)");
  assert.equal(answers.listeners.size, 0);
  for (const said of [[], [{ kind: "code", code: null }], [{ kind: "code", code: 7 }], [{ kind: "code", code: "" }]]) {
    const silent = kernel(...said);
    assert.equal(await askCode(silent.manager, "id", 30), null);
    assert.equal(silent.listeners.size, 0);
  }
});

test("the code is found beside the pictures or beside the exact arrays", () => {
  assert.equal(codeIn({ code: "a", exact: { code: "b" } }), "a");
  assert.equal(codeIn({ exact: { code: "b" } }), "b");
  for (const none of [undefined, null, "text", { code: "" }, { code: 5 }, { code: "x".repeat(10_001) }, { exact: null }]) {
    assert.equal(codeIn(none), null);
  }
});

/** A widget below others: the innermost first. */
function below(...ancestors: Record<string, unknown>[]) {
  const widget = { parent: null as unknown };
  let at = widget as Record<string, unknown>;
  for (const ancestor of ancestors) at = at.parent = { ...ancestor, parent: null };
  return widget as unknown as Parameters<typeof placeOf>[0];
}

test("an output's place is its file, its cell and its number", () => {
  const mine = { contains: () => true };
  const area = { rendermime: {}, widgets: [{ contains: () => false }, mine] };
  const cell = { model: { id: "c1", type: "code" } };
  const notebook = { context: { path: "a/b.ipynb" } };
  assert.deepEqual(placeOf(below(area, cell, notebook)), { path: "a/b.ipynb", cell: "c1", output: 1 });
  assert.deepEqual(placeOf(below({}, { context: { path: "x.lrp.json" } })), { path: "x.lrp.json", cell: null, output: 0 });
  assert.equal(placeOf(below(area, cell)), null, "a console has no file");
  assert.equal(placeOf(below({ rendermime: {}, widgets: [] }, cell, notebook)), null);
});

test("a stored place is checked", () => {
  const place = { path: "a.ipynb", cell: "c", output: 0 };
  assert.deepEqual(readPlace({ ...place, more: 1 }), place);
  assert.ok(samePlace(place, { ...place }) && !samePlace(place, { ...place, output: 1 }) && !samePlace(null, null));
  for (const wrong of [null, 5, {}, { ...place, path: "" }, { ...place, cell: 3 }, { ...place, output: -1 }]) {
    assert.equal(readPlace(wrong), null);
  }
});

test("what a file holds at a place is read, or there is nothing", async () => {
  const data = { [EXPLANATION]: {} };
  const cells = [{ id: "other" }, { id: "c", outputs: [{ name: "stdout" }, { data }] }];
  const contents = (content: unknown) => ({ get: async () => ({ content }) }) as unknown as Contents.IManager;
  const place = { path: "a.ipynb", cell: "c", output: 1 };
  assert.equal(await readFrom(contents({ cells }), place), data);
  assert.deepEqual(await readFrom(contents("e30="), { ...place, cell: null }), { [EXPLANATION]: "e30=" });
  assert.equal(await readFrom(contents({ cells }), { ...place, output: 0 }), null);
  assert.equal(await readFrom(contents({ cells }), { ...place, cell: "gone" }), null);
  assert.equal(await readFrom(contents(null), place), null);
  const gone = { get: () => Promise.reject(new Error("404")) } as unknown as Contents.IManager;
  assert.equal(await readFrom(gone, place), null);
});

test("the help menu lists the sections that the commands know", () => {
  const [help] = paperSchema["jupyter.lab.menus"].main;
  const listed = help.items[0].submenu.items.map(({ args }) => args.section);
  assert.deepEqual(listed, SECTIONS.map(([section]) => section));
  assert.equal(title("6.4"), "section 6.4: Translation trick");
});

test("the settings offer every colour map, and leave the looks alone until asked", () => {
  const { colourMap, limitRule, theme } = settingsSchema.properties;
  assert.deepEqual(colourMap.enum, ["package", ...Object.keys(maps)]);
  assert.deepEqual([colourMap.default, limitRule.default, theme.default], ["package", "package", "jupyter"]);
});
