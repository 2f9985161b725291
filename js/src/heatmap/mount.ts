/** A payload in one call, and how a failure looks. */
import { decodePayload, PayloadError } from "../decode";
import { h } from "../dom";
import { type Host, mountHeatmap } from "./heatmap";
import { explanationStore } from "../store";
import { adoptStyle } from "../theme";
import { HEATMAP } from "./style";

/** Shows `payload` in `el`, or one sentence about what is wrong with it. */
export async function mountPayload(
  el: HTMLElement,
  payload: unknown,
  host: Host = {},
  mount: typeof mountHeatmap = mountHeatmap,
): Promise<() => void> {
  try {
    const store = explanationStore(await decodePayload(payload));
    el.replaceChildren();
    return mount(el, store, host);
  } catch (error) {
    const reason = error instanceof PayloadError ? error.message : `It could not be drawn: ${String(error)}`;
    showError(el, `This explanation cannot be shown. ${reason}`);
    return () => el.replaceChildren();
  }
}

/** Replaces what is in `el` by a sentence. */
export function showError(el: HTMLElement, message: string): void {
  adoptStyle(el, HEATMAP);
  const sentence = h("div", { class: "lrpw-error", role: "alert" }, message);
  el.replaceChildren(h("div", { class: "lrpw-view lrpw-heatmap" }, sentence));
}
