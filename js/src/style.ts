/** The styles: Jupyter's variables, with fallbacks for a page that has none. An 8 px grid. */

const CSS = `
.lrpw-heatmap {
  color-scheme: light dark;
  --lrpw-text: var(--jp-ui-font-color1, light-dark(#1f2328, #e4e6eb));
  --lrpw-quiet: var(--jp-ui-font-color2, light-dark(#5b6470, #9aa3af));
  --lrpw-surface: var(--jp-layout-color1, light-dark(#ffffff, #111418));
  --lrpw-field: var(--jp-layout-color1, light-dark(#ffffff, #1a1e24));
  --lrpw-soft: var(--jp-layout-color2, light-dark(#eef0f3, #262b33));
  --lrpw-line: var(--jp-border-color1, light-dark(#c9ced6, #3c434e));
  --lrpw-accent: var(--jp-brand-color1, light-dark(#1976d2, #64b5f6));
  --lrpw-bad: var(--jp-error-color1, light-dark(#c62828, #ef9a9a));
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
.lrpw-heatmap[data-theme="light"], [data-jp-theme-light="true"] .lrpw-heatmap { color-scheme: light; }
.lrpw-heatmap[data-theme="dark"], [data-jp-theme-light="false"] .lrpw-heatmap { color-scheme: dark; }
.lrpw-heatmap *, .lrpw-heatmap *::before { box-sizing: border-box; }
.lrpw-heatmap [hidden] { display: none !important; }
.lrpw-hidden { position: absolute; width: 1px; height: 1px; margin: 0; opacity: 0; overflow: hidden; pointer-events: none; }

/* Views in a row share it, however wide their pictures could be. */
.widget-hbox > :has(> .lrpw-heatmap) { flex: 1 1 0; min-width: 0; }
.lrpw-body { display: flex; flex-direction: column; gap: 16px; }
.lrpw-wide .lrpw-body { flex-direction: row; align-items: flex-start; gap: 24px; }
.lrpw-none :is(.lrpw-picture, .lrpw-bar, .lrpw-readout, .lrpw-side) { display: none; }
.lrpw-shown { display: flex; flex-direction: column; gap: 8px; width: max(var(--lrpw-picture-width), min(240px, 100%)); }
.lrpw-none .lrpw-shown { width: 100%; }
.lrpw-side { display: flex; flex-direction: column; gap: 16px; min-width: 0; }
.lrpw-wide .lrpw-side { flex: 0 0 256px; }

.lrpw-picture { position: relative; width: var(--lrpw-picture-width); }
.lrpw-stage { display: flex; gap: 8px; cursor: crosshair; touch-action: pan-x pan-y; outline: none; user-select: none; }
.lrpw-stage.lrpw-zoomed { touch-action: none; }
.lrpw-stage.lrpw-dragging { cursor: grabbing; }
.lrpw-stage:focus { box-shadow: 0 0 0 1px var(--lrpw-accent); }
.lrpw-stage:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-panel { position: relative; overflow: hidden; line-height: 0; }
.lrpw-canvas { display: block; transition: opacity 150ms; }
.lrpw-busy .lrpw-canvas { opacity: 0.5; }
.lrpw-cross { position: absolute; inset: 0 auto auto 0; pointer-events: none; background: rgba(0, 0, 0, 0.55); box-shadow: 0 0 0 1px rgba(255, 255, 255, 0.35); }
.lrpw-cross-x { width: 1px; height: 100%; }
.lrpw-cross-y { width: 100%; height: 1px; }

.lrpw-progress { display: none; position: absolute; inset: 0 0 auto 0; height: 3px; background: var(--lrpw-soft); }
.lrpw-busy .lrpw-progress { display: block; }
.lrpw-progress-part { height: 100%; background: var(--lrpw-accent); transition: width 150ms; }
.lrpw-unknown .lrpw-progress-part { width: 25%; animation: lrpw-run 1.6s ease-in-out infinite alternate; }
@keyframes lrpw-run { to { margin-left: 75%; } }
.lrpw-heatmap .lrpw-stop { position: absolute; top: 11px; right: 8px; }
@media (prefers-reduced-motion: reduce) {
  .lrpw-unknown .lrpw-progress-part { animation: none; width: 100%; opacity: 0.6; }
  .lrpw-heatmap * { transition: none !important; }
}

.lrpw-bar-colours { position: relative; height: 8px; }
.lrpw-bar-canvas { display: block; width: 100%; height: 8px; border-radius: 2px; }
.lrpw-bar-mark { position: absolute; top: -2px; width: 3px; height: 12px; margin-left: -1.5px; border-radius: 1px; background: var(--lrpw-text); box-shadow: 0 0 0 1px var(--lrpw-surface); }
.lrpw-bar-ticks { display: flex; justify-content: space-between; gap: 8px; margin-top: 4px; font-size: 12px; }
.lrpw-bar-rule { color: var(--lrpw-quiet); text-align: center; }
.lrpw-readout { min-height: 16px; white-space: pre-wrap; }
.lrpw-heatmap:not(.lrpw-wide) .lrpw-readout { min-height: 32px; }
.lrpw-readout span { display: inline-block; max-width: 100%; }
.lrpw-muted { color: var(--lrpw-quiet); }
.lrpw-strong { font-weight: 600; }

.lrpw-caption { display: flex; flex-direction: column; gap: 4px; }
.lrpw-target { font-size: 15px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
.lrpw-sums { color: var(--lrpw-quiet); white-space: pre-wrap; overflow-wrap: anywhere; }
.lrpw-sums:empty, .lrpw-target:empty { display: none; }

.lrpw-tools { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); gap: 8px 24px; }
.lrpw-wide .lrpw-tools { grid-template-columns: 100%; }
.lrpw-row { display: flex; align-items: center; gap: 8px; min-height: 24px; min-width: 0; }
.lrpw-label { flex: 0 0 64px; color: var(--lrpw-quiet); }
.lrpw-value { flex: 0 0 auto; min-width: 56px; text-align: right; }
.lrpw-buttons { display: flex; flex: 1; flex-wrap: wrap; align-items: center; gap: 4px; min-width: 0; }
.lrpw-buttons .lrpw-value { min-width: 48px; text-align: center; }
.lrpw-space { flex: 1; }

.lrpw-heatmap .lrpw-select, .lrpw-heatmap .lrpw-button, .lrpw-segments {
  height: 24px; margin: 0; color: var(--lrpw-text); background: var(--lrpw-field);
  border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit;
}
.lrpw-heatmap .lrpw-select { flex: 1; min-width: 0; padding: 0 4px; cursor: pointer; }
.lrpw-heatmap .lrpw-button { min-width: 24px; padding: 0 8px; cursor: pointer; }
.lrpw-buttons .lrpw-button { padding: 0 7px; }
.lrpw-heatmap .lrpw-button:hover, .lrpw-heatmap .lrpw-select:hover { background: var(--lrpw-soft); }
.lrpw-heatmap :is(.lrpw-select, .lrpw-button, .lrpw-slider):focus-visible,
.lrpw-choice:has(:focus-visible) { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }

.lrpw-radios { display: flex; flex: 1; min-width: 0; }
.lrpw-choice { position: relative; display: flex; flex: 1; min-width: 0; cursor: pointer; }
.lrpw-segments .lrpw-choice { align-items: center; justify-content: center; color: var(--lrpw-quiet); border-radius: 2px; }
.lrpw-segments .lrpw-choice:has(:checked) { color: var(--lrpw-text); background: var(--lrpw-soft); }
.lrpw-swatches { gap: 8px; }
.lrpw-swatch { flex: 1; height: 16px; border-radius: 2px; border: 1px solid var(--lrpw-line); }
.lrpw-choice > span { display: flex; flex: 0 1 auto; }
.lrpw-swatches .lrpw-choice > span { flex: 1; padding: 1px; border-radius: 4px; border: 2px solid transparent; }
.lrpw-swatches .lrpw-choice:has(:checked) > span { border-color: var(--lrpw-accent); }

.lrpw-heatmap .lrpw-slider { flex: 1; min-width: 0; height: 16px; margin: 0; padding: 0; background: none; appearance: none; -webkit-appearance: none; cursor: pointer; border-radius: 3px; }
.lrpw-slider::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(var(--lrpw-accent), var(--lrpw-accent)) 0 / var(--lrpw-part, 0) 100% no-repeat var(--lrpw-line); }
.lrpw-slider::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-slider::-moz-range-track { height: 4px; border-radius: 2px; background: var(--lrpw-line); }
.lrpw-slider::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--lrpw-accent); }
.lrpw-slider::-moz-range-thumb { width: 10px; height: 10px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-heatmap .lrpw-slider:disabled { opacity: 0.4; cursor: default; }

.lrpw-status { display: contents; }
.lrpw-error { padding: 8px 12px; border-left: 3px solid var(--lrpw-bad); background: var(--lrpw-soft); overflow-wrap: anywhere; }
.lrpw-error details { margin-top: 4px; color: var(--lrpw-quiet); }
.lrpw-error summary { cursor: pointer; }
.lrpw-error pre { max-height: 192px; margin: 4px 0 0; overflow: auto; white-space: pre-wrap; font-size: 12px; }
.lrpw-empty { padding: 24px; border: 1px dashed var(--lrpw-line); border-radius: 3px; color: var(--lrpw-quiet); text-align: center; }

.lrpw-help { position: absolute; top: 8px; left: 8px; z-index: 2; max-width: calc(100% - 16px); padding: 16px; border: 1px solid var(--lrpw-line); border-radius: 4px; background: var(--lrpw-surface); box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25); }
.lrpw-help-head { display: flex; justify-content: space-between; align-items: center; margin-bottom: 8px; }
.lrpw-heatmap .lrpw-help table { border-collapse: collapse; border: 0; margin: 0; font: inherit; color: inherit; }
.lrpw-heatmap .lrpw-help tr { background: none; }
.lrpw-heatmap .lrpw-help :is(th, td) { padding: 3px 0; border: 0; text-align: left; vertical-align: top; max-width: none; }
.lrpw-heatmap .lrpw-help th { padding-right: 24px; font-weight: 600; white-space: nowrap; }
.lrpw-heatmap .lrpw-help td { color: var(--lrpw-quiet); }
`;

let sheet: CSSStyleSheet | null = null;

/** Gives the styles to the document or shadow tree that `el` is in, once. */
export function adoptStyle(el: HTMLElement): void {
  const place = el.getRootNode();
  const root = place instanceof ShadowRoot ? place : el.ownerDocument;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
}
