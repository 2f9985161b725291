/** The filter view: an anywidget module. State is in the model, drawing in each of its views. */
import { FilterView, type FiltersModel } from "../filters/filters";
import { widgetModule } from "../module";
import { modelStore } from "../store";

function render({ model, el }: { model: FiltersModel; el: HTMLElement }): () => void {
  const view = new FilterView(el, modelStore(model), model);
  return () => view.dispose();
}

export default widgetModule(render);
