/**
 * Finds the live widget of an output, if a kernel still has it.
 *
 * An output's renderer is told neither its notebook nor its widget manager. Its ancestors know both: the output
 * area has the notebook's renderers, the panel has the kernel's session. They are found by what they offer, not
 * by their class, so that notebooks, consoles and other hosts are alike and none of their packages is imported.
 */
import type { IRenderMime, IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { ISessionContext } from "@jupyterlab/apputils";
import type { ISignal } from "@lumino/signaling";
import type { Panel, Widget } from "@lumino/widgets";

import { ancestorWith, property } from "./ancestors";
import { EXPLANATION, VIEW, WIDGET_VIEW } from "./names";

/** The part of a widget's model that is used here. */
export interface LiveModel {
  send(content: unknown): void;
  on(event: string, callback: (content: unknown) => void): void;
  off(event: string, callback: (content: unknown) => void): void;
}

/** The part of the Jupyter widget manager that is used here. */
export interface WidgetManager {
  has_model(id: string): boolean;
  get_model(id: string): Promise<LiveModel>;
  /** Emitted after models were fetched from a kernel. Lab's manager has it, others may not. */
  restored?: ISignal<unknown, unknown>;
}

/** Lab's widget renderer is a panel that stays empty until it has the widget's view. */
export type LiveRenderer = IRenderMime.IRenderer & Panel;

/** What an output needs of the notebook that it stands in. */
export interface Surroundings {
  rendermime: IRenderMimeRegistry | null;
  session: ISessionContext | null;
}

export function surroundingsOf(widget: Widget): Surroundings {
  return {
    rendermime: ancestorWith<{ rendermime: IRenderMimeRegistry }>(widget, "rendermime")?.rendermime ?? null,
    session: ancestorWith<{ sessionContext: ISessionContext }>(widget, "sessionContext")?.sessionContext ?? null,
  };
}

export function modelId(data: IRenderMime.IMimeModel["data"]): string | null {
  const standard = property(data[WIDGET_VIEW], "model_id");
  const ours = property(property(data[EXPLANATION] ?? data[VIEW], "widget"), "model_id");
  const id = standard || ours;
  return typeof id === "string" && id !== "" ? id : null;
}

/** A new renderer for live widgets, or null where the host shows none. */
export function liveRenderer(rendermime: IRenderMimeRegistry | null): LiveRenderer | null {
  return rendermime?.getFactory(WIDGET_VIEW) ? (rendermime.createRenderer(WIDGET_VIEW) as LiveRenderer) : null;
}

/**
 * The manager behind a renderer, or null while it has none: Lab renders outputs before it gives a notebook its
 * manager. The renderer keeps it as a private promise, and there is no other way to ask for a model without
 * showing (and logging) "model not found".
 */
export async function managerOf(renderer: LiveRenderer): Promise<WidgetManager | null> {
  const promise = property(property(renderer, "_manager"), "promise");
  const manager = await Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 0))]);
  return typeof property(manager, "has_model") === "function" ? (manager as WidgetManager) : null;
}

/** Shows the model in the renderer; true when there is a view to see. */
export async function showLive(renderer: LiveRenderer, id: string): Promise<boolean> {
  // Data of its own, because the renderer empties the id in the output when the widget is closed.
  const data = { [WIDGET_VIEW]: { version_major: 2, version_minor: 0, model_id: id } };
  try {
    await renderer.renderModel({ data, metadata: {}, trusted: true, setData: () => undefined });
  } catch (error) {
    console.warn("lrpwidgets: the live widget could not be shown", error);
  }
  return !renderer.isDisposed && renderer.widgets.length > 0;
}

/** The code of a live view as its kernel tells it; null where it has none, or does not answer in time. */
export async function askCode(manager: WidgetManager, id: string, patience: number): Promise<string | null> {
  const model = await manager.get_model(id);
  return new Promise((resolve) => {
    const done = (code: unknown): void => {
      clearTimeout(timer);
      model.off("msg:custom", heard);
      resolve(typeof code === "string" && code !== "" ? code : null);
    };
    const heard = (content: unknown): void => {
      if (property(content, "kind") === "code") done(property(content, "code"));
    };
    const timer = setTimeout(done, patience, null);
    model.on("msg:custom", heard);
    model.send({ kind: "code" });
  });
}
