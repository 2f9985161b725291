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

import { EXPLANATION, VIEW, WIDGET_VIEW } from "./names";

/** The part of the Jupyter widget manager that is used here. */
export interface WidgetManager {
  has_model(id: string): boolean;
  /** Emitted after models were fetched from a kernel. Lab's manager has it, others may not. */
  restored?: ISignal<unknown, unknown>;
}

/** Lab's widget renderer is a panel that stays empty until it has the widget's view. */
export type LiveRenderer = IRenderMime.IRenderer & Panel;

export function modelId(data: IRenderMime.IMimeModel["data"]): string | null {
  const standard = property(data[WIDGET_VIEW], "model_id");
  const ours = property(property(data[EXPLANATION] ?? data[VIEW], "widget"), "model_id");
  const id = standard || ours;
  return typeof id === "string" && id !== "" ? id : null;
}

export function renderersAbove(widget: Widget): IRenderMimeRegistry | null {
  return ancestorWith<{ rendermime: IRenderMimeRegistry }>(widget, "rendermime")?.rendermime ?? null;
}

export function sessionAbove(widget: Widget): ISessionContext | null {
  return ancestorWith<{ sessionContext: ISessionContext }>(widget, "sessionContext")?.sessionContext ?? null;
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

function ancestorWith<T>(widget: Widget, name: string): T | null {
  for (let at: Widget | null = widget.parent; at; at = at.parent) {
    if (name in at && property(at, name)) return at as unknown as T;
  }
  return null;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
