/** The text view: an anywidget module. State is in the model, drawing in each of its views. */
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";
import { mountText } from "../text/text";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountText(el, modelStore(model));
}

export default widgetModule(render);
