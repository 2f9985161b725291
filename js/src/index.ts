/**
 * The front end's core, shared by the notebook widget, the exported HTML page and the JupyterLab plugins.
 *
 * What a host needs:
 *
 *   decodePayload(payload: unknown): Promise<Decoded>
 *       checks a parsed `application/vnd.lrpwidgets.explanation+json` value; rejects with PayloadError,
 *       whose message is a sentence fit to show.
 *   explanationStore(decoded: Decoded): LocalStore
 *       the state of a view with no kernel: options, the chosen sample, its arrays.
 *   mountHeatmap(el: HTMLElement, store: Store, host?: Host): () => void
 *       draws into `el`, styles included; call the result to unmount.
 *       host.theme: "light" | "dark" forces the fallback colours; Jupyter's variables win where they exist.
 *       The height of the picture is bounded by the CSS variable --lrpw-max-height (in px; 512 by default).
 *   setDefaults(values: Defaults): void
 *       the colour map and the limit rule of every view on the page in which nobody chose one; see defaults.ts.
 *   mountPayload(el: HTMLElement, payload: unknown, host?: Host): Promise<() => void>
 *       all of the above in one call; a broken payload shows its error in `el`, and never rejects.
 */
export { type Decoded, type Sample, decodePayload, PayloadError } from "./decode";
export { type Defaults, setDefaults } from "./defaults";
export { type Host, mountHeatmap } from "./heatmap/heatmap";
export { mountPayload, showError } from "./heatmap/mount";
export { explanationStore, LocalStore, modelStore, type Store } from "./store";
