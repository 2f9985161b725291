/** The layer graph: elements laid over a canvas. */
export const OWN_CSS = `
.lrpw-graph-stage { position: relative; max-height: 640px; overflow: auto !important; flex: 0 1 auto; min-width: 0; }
.lrpw-graph-sheet { position: relative; overflow: hidden !important; flex: none; }
.lrpw-graph-sheet > canvas, .lrpw-graph-sheet > * > canvas { pointer-events: none; }
.lrpw-graph-layer { position: absolute !important; inset: 0; margin: 0 !important; width: auto !important; }
.lrpw-view.lrpw-graph { position: absolute; inset: 0; padding: 0; }
.lrpw-graph-nodes { position: absolute; inset: 0; outline: none; pointer-events: none; }
.lrpw-graph-node { position: absolute; border-radius: 4px; cursor: pointer; pointer-events: auto; }
.lrpw-graph-node:hover { background: color-mix(in srgb, var(--lrpw-accent) 14%, transparent); }
.lrpw-graph-node[aria-selected="true"] { box-shadow: 0 0 0 2px var(--lrpw-accent); }
.lrpw-graph-nodes:focus-visible .lrpw-graph-active { outline: 2px solid var(--lrpw-text); outline-offset: 3px; }
.lrpw-graph-edges { position: absolute; inset: 0; width: 100%; height: 100%; }
.lrpw-graph-edges path { fill: none; stroke: transparent; pointer-events: stroke; }
.lrpw-graph .lrpw-status { pointer-events: auto; }
.lrpw-graph .lrpw-error { position: sticky; top: 0; z-index: 1; }
.lrpw-graph-view { min-width: 0; }
.lrpw-graph-main { display: flex; flex-flow: row wrap; gap: 8px 16px; align-items: flex-start; min-width: 0; }
.lrpw-graph-words { flex: 1 1 280px; min-width: 240px; max-width: 560px; }
.lrpw-graph-words table { border-collapse: collapse; font: 13px/20px var(--jp-ui-font-family, system-ui, sans-serif); font-variant-numeric: tabular-nums; color: var(--jp-ui-font-color1, inherit); }
.lrpw-graph-words :is(th, td) { text-align: left; padding: 2px 16px 2px 0; font-weight: 400; vertical-align: top; overflow-wrap: anywhere; }
.lrpw-graph-words th { color: var(--jp-ui-font-color2, inherit); white-space: nowrap; }
.lrpw-graph-words td.lrpw-graph-number { text-align: right; }
.lrpw-graph-words p { margin: 0 0 8px; line-height: 18px; color: var(--jp-ui-font-color2, inherit); }
.lrpw-graph-words strong { color: var(--jp-ui-font-color1, inherit); overflow-wrap: anywhere; }
`;
