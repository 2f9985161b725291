/** The region view: an anywidget module. State is in the model, drawing in each of its views. */
import { widgetModule } from "../module";
import { mountRegions } from "../regions/regions";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountRegions(el, modelStore(model));
}

export default widgetModule(render);
