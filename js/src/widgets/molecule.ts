/** The molecule view: an anywidget module. State is in the model, drawing in each of its views. */
import { mountMolecule } from "../molecule/view";
import { widgetModule } from "../module";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountMolecule(el, modelStore(model));
}

export default widgetModule(render);
