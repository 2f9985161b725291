/**
 * Renderers of our output types, for every host that takes MIME extensions (Lab, Notebook 7).
 *
 * An entry point of its own that imports nothing but Lumino, so that it also loads where Lab's packages are absent.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

import { EXPLANATION, VIEW } from "./names";
import { ExplanationOutput } from "./output";

/** Lab's widget renderer has rank -10, pictures have 90, and the lowest rank wins. */
const BEFORE_LIVE_WIDGETS = -20;
const BEFORE_PICTURES = 10;

/** In Voila every reader has a kernel, and what leads to its widgets in Lab does not exist: its own renderer shows them. */
const RANK = hostIsVoila() ? BEFORE_PICTURES : BEFORE_LIVE_WIDGETS;

function hostIsVoila(): boolean {
  try {
    const config: unknown = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
    return /(^|\/)voila\/static\/?$/.test(String((config as Record<string, unknown>).fullStaticUrl));
  } catch {
    return false;
  }
}

/** Safe: payloads are checked and texts are set as text, so outputs of untrusted notebooks show too. */
const factory = (mimeType: string): IRenderMime.IRendererFactory => ({
  safe: true,
  mimeTypes: [mimeType],
  createRenderer: () => new ExplanationOutput(),
});

const extensions: IRenderMime.IExtension[] = [
  {
    id: "lrpwidgets:explanation",
    description: "Shows explanations in cells: live with a kernel, interactive without one.",
    rendererFactory: factory(EXPLANATION),
    rank: RANK,
    dataType: "json",
  },
  {
    id: "lrpwidgets:view",
    description: "Shows the other views of lrpwidgets: live with a kernel, as a picture without one.",
    rendererFactory: factory(VIEW),
    rank: RANK,
    dataType: "json",
  },
];

export default extensions;
