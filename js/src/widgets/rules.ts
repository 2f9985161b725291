/** The rule view: an anywidget module. Its heat map is a widget of its own, drawn here beside the layers. */
import { h } from "../dom";
import { mountHeatmap } from "../heatmap/heatmap";
import { widgetModule } from "../module";
import { mountRules } from "../rules/rules";
import { modelStore, type WidgetModel } from "../store";

interface Parent extends WidgetModel {
  widget_manager: { get_model(id: string): Promise<WidgetModel> };
}

const REFERENCE = "IPY_MODEL_";

function render({ model, el }: { model: Parent; el: HTMLElement }): () => void {
  const map = h("div", { class: "lrpw-rules-map", hidden: true });
  const store = modelStore(model);
  const undo = [mountRules(el, store, map)];
  let gone = false;
  /** Python names the heat map after it has made this view, and a page that is late sees that as a change. */
  const mount = async (): Promise<void> => {
    const reference = model.get("_heatmap");
    if (typeof reference !== "string" || !map.hidden) return;
    map.hidden = false;
    const child = await model.widget_manager.get_model(reference.slice(REFERENCE.length));
    if (!gone) undo.push(mountHeatmap(map, modelStore(child)));
  };
  undo.push(store.on("_heatmap", () => void mount()));
  void mount();
  return () => {
    gone = true;
    for (const each of undo.splice(0)) each();
  };
}

export default widgetModule(render);
