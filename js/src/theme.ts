/** The styles of every view: Jupyter's variables, with fallbacks for a page that has none. An 8 px grid. */

/** Jupyter's variable for each colour, and what stands in for it. */
const COLOURS: Record<string, readonly [jupyter: string, own: string]> = {
  text: ["--jp-ui-font-color1", "light-dark(#1f2328, #e4e6eb)"],
  quiet: ["--jp-ui-font-color2", "light-dark(#5b6470, #9aa3af)"],
  surface: ["--jp-layout-color1", "light-dark(#ffffff, #111418)"],
  field: ["--jp-layout-color1", "light-dark(#ffffff, #1a1e24)"],
  soft: ["--jp-layout-color2", "light-dark(#eef0f3, #262b33)"],
  line: ["--jp-border-color1", "light-dark(#c9ced6, #3c434e)"],
  accent: ["--jp-brand-color1", "light-dark(#1976d2, #64b5f6)"],
  bad: ["--jp-error-color1", "light-dark(#c62828, #ef9a9a)"],
};

function variables(value: (colour: readonly [string, string]) => string): string {
  return Object.entries(COLOURS).map(([name, colour]) => `  --lrpw-${name}: ${value(colour)};`).join("\n");
}

/** ipywidgets marks what lost its kernel by an icon; a sentence says more. `style/explore.css` does so for the workbench. */
const LOST = "The kernel has ended or restarted. What is drawn stays; run the cell again to go on.";

const CSS = `
.jupyter-widgets-disconnected:has(> .lrpw-view)::before {
  content: ${JSON.stringify(LOST)};
  display: block; box-sizing: border-box; width: 100%; margin: 0 0 8px; padding: 8px 12px;
  border-left: 3px solid var(--jp-error-color1, #c62828); background: var(--jp-layout-color2, #eef0f3);
  color: var(--jp-ui-font-color1, #1f2328); font: 13px/16px var(--jp-ui-font-family, system-ui, sans-serif);
}
.lrpw-view {
  color-scheme: light dark;
${variables(([jupyter, own]) => `var(${jupyter}, ${own})`)}
  position: relative;
  box-sizing: border-box;
  width: 100%;
  min-width: 0;
  padding: 8px;
  color: var(--lrpw-text);
  font: 13px/16px var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif);
  font-variant-numeric: tabular-nums;
  text-align: left;
}
.lrpw-view[data-theme="light"], [data-jp-theme-light="true"] .lrpw-view { color-scheme: light; }
.lrpw-view[data-theme="dark"], [data-jp-theme-light="false"] .lrpw-view { color-scheme: dark; }
/* A theme that was asked for wins over Jupyter's variables, on a ground of its own. */
:root:is([data-lrpw-theme="light"], [data-lrpw-theme="dark"]) .lrpw-view {
${variables(([, own]) => own)}
  background: var(--lrpw-surface);
}
:root[data-lrpw-theme="light"] .lrpw-view.lrpw-view { color-scheme: light; }
:root[data-lrpw-theme="dark"] .lrpw-view.lrpw-view { color-scheme: dark; }
.lrpw-view *, .lrpw-view *::before { box-sizing: border-box; }
.lrpw-view [hidden] { display: none !important; }
.lrpw-hidden { position: absolute; width: 1px; height: 1px; margin: 0; opacity: 0; overflow: hidden; pointer-events: none; }
.lrpw-progress { display: none; position: absolute; inset: 0 0 auto 0; height: 3px; background: var(--lrpw-soft); }
.lrpw-busy .lrpw-progress { display: block; }
.lrpw-progress-part { height: 100%; background: var(--lrpw-accent); transition: width 150ms; }
.lrpw-unknown .lrpw-progress-part { width: 25%; animation: lrpw-run 1.6s ease-in-out infinite alternate; }
@keyframes lrpw-run { to { margin-left: 75%; } }
.lrpw-view .lrpw-stop { position: absolute; top: 11px; right: 8px; }
@media (prefers-reduced-motion: reduce) {
  .lrpw-unknown .lrpw-progress-part { animation: none; width: 100%; opacity: 0.6; }
  .lrpw-view * { transition: none !important; }
}
.lrpw-muted { color: var(--lrpw-quiet); }
.lrpw-strong { font-weight: 600; }
.lrpw-row { display: flex; align-items: center; gap: 8px; min-height: 24px; min-width: 0; }
.lrpw-label { flex: 0 0 64px; color: var(--lrpw-quiet); }
.lrpw-value { flex: 0 0 auto; min-width: 56px; text-align: right; }
.lrpw-buttons { display: flex; flex: 1; flex-wrap: wrap; align-items: center; gap: 4px; min-width: 0; }
.lrpw-buttons .lrpw-value { min-width: 48px; text-align: center; }
.lrpw-space { flex: 1; }
.lrpw-view .lrpw-select, .lrpw-view .lrpw-button, .lrpw-segments {
  height: 24px; margin: 0; color: var(--lrpw-text); background: var(--lrpw-field);
  border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit;
}
.lrpw-view .lrpw-select { flex: 1; min-width: 0; padding: 0 4px; cursor: pointer; }
.lrpw-view .lrpw-button { min-width: 24px; padding: 0 8px; cursor: pointer; }
.lrpw-buttons .lrpw-button { padding: 0 7px; }
.lrpw-view .lrpw-button:hover, .lrpw-view .lrpw-select:hover { background: var(--lrpw-soft); }
.lrpw-view .lrpw-button:disabled { opacity: 0.4; cursor: default; }
.lrpw-view :is(.lrpw-select, .lrpw-button, .lrpw-slider):focus-visible,
.lrpw-choice:has(:focus-visible) { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-radios { display: flex; flex: 1; min-width: 0; }
.lrpw-choice { position: relative; display: flex; flex: 1; min-width: 0; cursor: pointer; }
.lrpw-segments .lrpw-choice { padding: 0 6px; align-items: center; justify-content: center; color: var(--lrpw-quiet); border-radius: 2px; }
.lrpw-segments .lrpw-choice:has(:checked) { color: var(--lrpw-text); background: var(--lrpw-soft); }
.lrpw-swatches { gap: 8px; }
.lrpw-swatch { flex: 1; height: 16px; border-radius: 2px; border: 1px solid var(--lrpw-line); }
.lrpw-choice > span { display: flex; flex: 0 1 auto; }
.lrpw-swatches .lrpw-choice > span { flex: 1; padding: 1px; border-radius: 4px; border: 2px solid transparent; }
.lrpw-swatches .lrpw-choice:has(:checked) > span { border-color: var(--lrpw-accent); }
.lrpw-view .lrpw-slider { flex: 1; min-width: 0; height: 16px; margin: 0; padding: 0; background: none; appearance: none; -webkit-appearance: none; cursor: pointer; border-radius: 3px; }
.lrpw-slider::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(var(--lrpw-accent), var(--lrpw-accent)) 0 / var(--lrpw-part, 0) 100% no-repeat var(--lrpw-line); }
.lrpw-slider::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-slider::-moz-range-track { height: 4px; border-radius: 2px; background: var(--lrpw-line); }
.lrpw-slider::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--lrpw-accent); }
.lrpw-slider::-moz-range-thumb { width: 10px; height: 10px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-view .lrpw-slider:disabled { opacity: 0.4; cursor: default; }
.lrpw-status { display: contents; }
.lrpw-error { padding: 8px 12px; border-left: 3px solid var(--lrpw-bad); background: var(--lrpw-soft); overflow-wrap: anywhere; }
.lrpw-error details { margin-top: 4px; color: var(--lrpw-quiet); }
.lrpw-error summary { cursor: pointer; }
.lrpw-error pre { max-height: 192px; margin: 4px 0 0; overflow: auto; white-space: pre-wrap; font-size: 12px; }
.lrpw-empty { padding: 24px; border: 1px dashed var(--lrpw-line); border-radius: 3px; color: var(--lrpw-quiet); text-align: center; }
.lrpw-help { position: absolute; top: 8px; left: 8px; z-index: 2; max-width: calc(100% - 16px); padding: 16px; border: 1px solid var(--lrpw-line); border-radius: 4px; background: var(--lrpw-surface); box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25); }
.lrpw-help-head { display: flex; justify-content: space-between; align-items: center; margin-bottom: 8px; }
.lrpw-view .lrpw-help table { border-collapse: collapse; border: 0; margin: 0; font: inherit; color: inherit; }
.lrpw-view .lrpw-help tr { background: none; }
.lrpw-view .lrpw-help :is(th, td) { padding: 3px 0; border: 0; text-align: left; vertical-align: top; max-width: none; }
.lrpw-view .lrpw-help th { padding-right: 24px; font-weight: 600; white-space: nowrap; }
.lrpw-view .lrpw-help td { color: var(--lrpw-quiet); }
`;

const sheets = new Map<string, CSSStyleSheet>();

/** Gives the theme, and a view's own styles, to the document or shadow tree that `el` is in, once. */
export function adoptStyle(el: HTMLElement, own = ""): void {
  const place = el.getRootNode();
  const root = place instanceof ShadowRoot ? place : el.ownerDocument;
  for (const css of [CSS, own]) {
    if (!css) continue;
    let sheet = sheets.get(css);
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      sheets.set(css, sheet);
    }
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  }
}
