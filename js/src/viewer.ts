/** The exported page: finds its payload in the document and shows it. Nothing is fetched. */
import { mountPayload, showError } from "./heatmap/mount";

function start(): void {
  const el = document.getElementById("lrpwidgets-view");
  if (!el) return;
  const text = document.getElementById("lrpwidgets-payload")?.textContent;
  if (!text) return showError(el, "This page holds no explanation.");
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return showError(el, "This page's explanation is damaged: it is not JSON.");
  }
  void mountPayload(el, payload);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
