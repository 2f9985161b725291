/** The view of prototypes: an anywidget module. */
import { widgetModule } from "../module";
import { mountPrototypes } from "../prototypes/view";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountPrototypes(el, modelStore(model));
}

export default widgetModule(render);
