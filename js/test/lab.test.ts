import assert from "node:assert/strict";
import { test } from "node:test";

import type { Contents } from "@jupyterlab/services";

import { managerOf, modelId } from "../src/lab/live";
import { EXPLANATION, VIEW, WIDGET_VIEW } from "../src/lab/names";
import { createNotebook } from "../src/lab/newnotebook";

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
