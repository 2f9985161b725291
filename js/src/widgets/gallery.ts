/** The gallery as a notebook widget: an anywidget module. */
import { mountGallery } from "../gallery/gallery";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountGallery(el, modelStore(model));
}

export default widgetModule(render);
