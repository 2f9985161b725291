/** The comparison as a notebook widget: an anywidget module. */
import { mountCompare } from "../compare/compare";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountCompare(el, modelStore(model));
}

export default widgetModule(render);
