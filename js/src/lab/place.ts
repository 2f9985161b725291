/** Where an explanation stands: in a file of its own, or as one output of one cell. Survives a reload of the page. */
import type { Contents } from "@jupyterlab/services";
import type { IRenderMime } from "@jupyterlab/rendermime";
import type { Widget } from "@lumino/widgets";

import { ancestorWith, property } from "./ancestors";
import { EXPLANATION } from "./names";

type Data = IRenderMime.IMimeModel["data"];

export interface Place {
  path: string;
  /** The cell's id; null for a file that is an explanation. */
  cell: string | null;
  /** Which of the cell's outputs, counted from 0. */
  output: number;
}

/** null where it stands in nothing that is saved, such as a console. */
export function placeOf(widget: Widget): Place | null {
  const document = ancestorWith<{ context: unknown }>(widget, "context");
  const path = property(document?.context, "path");
  if (typeof path !== "string" || path === "") return null;
  const area = ancestorWith<{ rendermime: unknown; widgets: readonly Widget[] }>(widget, "rendermime");
  // The notebook itself has renderers too, but no file viewer has.
  for (let at = area as Widget | null; at; at = at.parent) {
    const cell = property(property(at, "model"), "id");
    if (typeof cell === "string" && property(property(at, "model"), "type") === "code") {
      const output = area?.widgets?.findIndex((child) => child.contains(widget)) ?? -1;
      return output < 0 ? null : { path, cell, output };
    }
  }
  return area ? null : { path, cell: null, output: 0 };
}

export function samePlace(a: Place | null, b: Place | null): boolean {
  return !!a && !!b && a.path === b.path && a.cell === b.cell && a.output === b.output;
}

/** A place as it was saved, or null: what is stored may be from another version, or somebody else's. */
export function readPlace(value: unknown): Place | null {
  const [path, cell, output] = ["path", "cell", "output"].map((name) => property(value, name));
  if (typeof path !== "string" || path === "" || !(cell === null || typeof cell === "string")) return null;
  return Number.isInteger(output) && (output as number) >= 0 ? { path, cell, output: output as number } : null;
}

/** What a file holds at a place, or null. */
export async function readFrom(contents: Contents.IManager, place: Place): Promise<Data | null> {
  try {
    if (place.cell === null) {
      const file = await contents.get(place.path, { type: "file", format: "base64", content: true });
      return typeof file.content === "string" ? { [EXPLANATION]: file.content } : null;
    }
    const notebook = await contents.get(place.path, { type: "notebook", content: true });
    const cells = property(notebook.content, "cells");
    const cell = Array.isArray(cells) ? cells.find((one) => property(one, "id") === place.cell) : null;
    const data = property(property(property(cell, "outputs"), String(place.output)), "data");
    return typeof data === "object" && data !== null ? (data as Data) : null;
  } catch {
    return null; // moved, deleted, or no notebook any more
  }
}
