/** The notebook widget: an anywidget module. State is in the model, drawing in each of its views. */
import { mountHeatmap } from "../heatmap/heatmap";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountHeatmap(el, modelStore(model));
}

export default widgetModule(render);
