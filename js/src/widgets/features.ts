/** The features' bars: an anywidget module. The charts beside them are bqplot's. */
import { mountFeatures } from "../features/features";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountFeatures(el, modelStore(model));
}

export default widgetModule(render);
