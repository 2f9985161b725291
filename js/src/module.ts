/**
 * What every widget's anywidget module exports.
 *
 * anywidget gives a module two seconds from the birth of its model to be imported. Where that takes longer, because
 * the machine or the page is busy, it draws the view all the same, but each later message of the kernel waits for a
 * promise that was rejected: the view never hears of Python again. `listen` finds that out and hears by itself.
 */
import type { WidgetModel } from "./store";

type Render<M extends WidgetModel> = (context: { model: M; el: HTMLElement }) => () => void;

interface Comm {
  on_msg(callback: (message: unknown) => Promise<unknown>): void;
  send(data: unknown): unknown;
}

/** The widget model behind the part of it that anywidget hands out. */
interface Model {
  comm?: Comm;
  comm_live?: boolean;
  _handle_comm_msg(message: unknown): Promise<unknown>;
  unset(name: string, options: { silent: boolean }): void;
  _buffered_state_diff?: Record<string, unknown>;
}

const PROBE = "_lrpw_probe";
const NOTHING = { content: { data: { method: "nothing" } }, buffers: [] };

/** The class by which ipywidgets marks a widget whose kernel is gone; `theme.ts` puts a sentence there. */
const LOST = "jupyter-widgets-disconnected";

export function widgetModule<M extends WidgetModel>(render: Render<M>): { initialize(context: { model: WidgetModel }): void; render: Render<M> } {
  return {
    initialize: ({ model }) => void listen(model),
    render: (context) => {
      const undo = [render(context), markLost(context.model, context.el)];
      return () => undo.forEach((each) => each());
    },
  };
}

/** anywidget takes ipywidgets' own listener for this off its views. */
function markLost(model: WidgetModel, el: HTMLElement): () => void {
  const mark = (): void => void el.classList.toggle(LOST, behind(model)?.comm_live === false);
  model.on("comm_live_update", mark);
  mark();
  return () => model.off("comm_live_update", mark);
}

/** Resolves to whether messages had to be taken past anywidget; the state that was missed is then asked for. */
export async function listen(model: WidgetModel): Promise<boolean> {
  const whole = behind(model);
  if (!whole?.comm) return false;
  try {
    await whole._handle_comm_msg(NOTHING);
    return false;
  } catch {
    const handle = inherited(whole);
    if (!handle) return false;
    whole.comm.on_msg((message) => handle.call(whole, message));
    whole.comm.send({ method: "request_state" });
    return true;
  }
}

/** Every event of a model names it. */
function behind(model: WidgetModel): Model | null {
  let found: Model | null = null;
  const catchIt = (source: unknown): void => {
    found = source as Model;
  };
  model.on(`change:${PROBE}`, catchIt);
  model.set(PROBE, true);
  model.off(`change:${PROBE}`, catchIt);
  const whole = found as Model | null;
  whole?.unset(PROBE, { silent: true });
  if (whole?._buffered_state_diff) delete whole._buffered_state_diff[PROBE];
  return whole;
}

/** What a model that is not anywidget's does with a message. */
function inherited(whole: Model): Model["_handle_comm_msg"] | null {
  const own: Model["_handle_comm_msg"] = whole._handle_comm_msg;
  for (let type: unknown = Object.getPrototypeOf(whole); type; type = Object.getPrototypeOf(type)) {
    const handle = Object.getOwnPropertyDescriptor(type, "_handle_comm_msg")?.value as Model["_handle_comm_msg"] | undefined;
    if (handle && handle !== own) return handle;
  }
  return null;
}
