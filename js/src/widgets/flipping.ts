/** The pixel-flipping player as a notebook widget: an anywidget module. */
import { mountFlipping } from "../flipping/flipping";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountFlipping(el, modelStore(model));
}

export default widgetModule(render);
