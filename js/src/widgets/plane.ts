/** Fields of relevance over a plane, with a point to drag: an anywidget module. */
import { widgetModule } from "../module";
import { PlaneView } from "../plane/plane";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  const view = new PlaneView(el, modelStore(model));
  return () => view.dispose();
}

export default widgetModule(render);
