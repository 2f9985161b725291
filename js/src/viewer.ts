/** The exported page: finds its payload in the document and shows it. Nothing is fetched. */
import { mountFlipping } from "./flipping/flipping";
import { FILM, filmStore } from "./flipping/payload";
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
  if (formatOf(payload) !== FILM) return void mountPayload(el, payload);
  filmStore(payload as Record<string, unknown>)
    .then((store) => mountFlipping(el, store))
    .catch((error: unknown) => showError(el, `This film cannot be shown. ${error instanceof Error ? error.message : ""}`));
}

function formatOf(payload: unknown): unknown {
  return typeof payload === "object" && payload !== null ? (payload as { format?: unknown }).format : undefined;
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
