/** What lies over the layer graph's canvas: an anywidget module. */
import { mountGraph } from "../graph/overlay";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountGraph(el, modelStore(model));
}

export default widgetModule(render);
