/** The signal view in a notebook, and the head alone: an anywidget module. */
import { widgetModule } from "../module";
import { mountSignal } from "../signal/signal";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountSignal(el, modelStore(model));
}

export default widgetModule(render);
