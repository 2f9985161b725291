/** The rule view: an anywidget module. Its heat map is a widget of its own, drawn here beside the layers. */
import { h } from "../dom";
import { mountHeatmap } from "../heatmap/heatmap";
import { mountRules } from "../rules/rules";
import { modelStore, type WidgetModel } from "../store";

interface Parent extends WidgetModel {
  widget_manager: { get_model(id: string): Promise<WidgetModel> };
}

const REFERENCE = "IPY_MODEL_";

function render({ model, el }: { model: Parent; el: HTMLElement }): () => void {
  const reference = model.get("_heatmap");
  const map = typeof reference === "string" ? h("div", { class: "lrpw-rules-map" }) : null;
  const undo = [mountRules(el, modelStore(model), map)];
  let gone = false;
  if (map) {
    void model.widget_manager.get_model(String(reference).slice(REFERENCE.length)).then((child) => {
      if (!gone) undo.push(mountHeatmap(map, modelStore(child)));
    });
  }
  return () => {
    gone = true;
    for (const each of undo.splice(0)) each();
  };
}

export default { render };
