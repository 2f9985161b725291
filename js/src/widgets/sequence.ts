/** The sequence view in a notebook: an anywidget module. */
import { widgetModule } from "../module";
import { mountSequence } from "../sequence/sequence";
import { modelStore, type WidgetModel } from "../store";

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  return mountSequence(el, modelStore(model));
}

export default widgetModule(render);
