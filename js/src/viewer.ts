/** The exported page: finds its payload in the document and shows it. Nothing is fetched. */
import { mountFlipping } from "./flipping/flipping";
import { FILM, filmStore } from "./flipping/payload";
import { mountPayload, showError } from "./heatmap/mount";
import { mountRegions } from "./regions/regions";
import type { Store } from "./store";

function start(): void {
  const el = document.getElementById("lrpwidgets-view");
  if (!el) return;
  const text = document.getElementById("lrpwidgets-payload")?.textContent;
  if (!text) return showError(el, "This page holds no explanation.");
  let payload: unknown;
  try {
    payload = JSON.parse(text) ?? {};
  } catch {
    return showError(el, "This page's explanation is damaged: it is not JSON.");
  }
  const { format, regions } = payload as Record<string, unknown>;
  if (format !== FILM) return void mountPayload(el, payload, {}, Array.isArray(regions) ? drawingOn(regions) : undefined);
  filmStore(payload as Record<string, unknown>)
    .then((store) => mountFlipping(el, store))
    .catch((error: unknown) => showError(el, `This film cannot be shown. ${error instanceof Error ? error.message : ""}`));
}

/** A page to draw on, which begins with `regions`. */
function drawingOn(regions: unknown[]) {
  return (el: HTMLElement, store: Store): (() => void) => {
    store.set("regions", regions);
    return mountRegions(el, store);
  };
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
