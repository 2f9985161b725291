/**
 * Renderers of our output types, for every host that takes MIME extensions (Lab, Notebook 7).
 *
 * An entry point of its own that imports nothing but Lumino, so that it also loads where Lab's packages are absent.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

import { EXPLANATION, VIEW } from "./names";
import { ExplanationOutput } from "./output";

/** Lab's widget renderer has rank -10, and the lowest rank wins. */
const BEFORE_LIVE_WIDGETS = -20;

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
    rank: BEFORE_LIVE_WIDGETS,
    dataType: "json",
  },
  {
    id: "lrpwidgets:view",
    description: "Shows the other views of lrpwidgets: live with a kernel, as a picture without one.",
    rendererFactory: factory(VIEW),
    rank: BEFORE_LIVE_WIDGETS,
    dataType: "json",
  },
];

export default extensions;
