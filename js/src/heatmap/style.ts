/** The styles of the heat map, on top of the theme. */
export const HEATMAP = `
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
.lrpw-window { position: absolute; box-sizing: border-box; pointer-events: none; border: 1px solid #fff; outline: 1px solid #000; outline-offset: -2px; }
.lrpw-bar-colours { position: relative; height: 8px; }
.lrpw-bar-canvas { display: block; width: 100%; height: 8px; border-radius: 2px; }
.lrpw-bar-mark { position: absolute; top: -2px; width: 3px; height: 12px; margin-left: -1.5px; border-radius: 1px; background: var(--lrpw-text); box-shadow: 0 0 0 1px var(--lrpw-surface); }
.lrpw-bar-ticks { display: flex; justify-content: space-between; gap: 8px; margin-top: 4px; font-size: 12px; }
.lrpw-bar-rule { color: var(--lrpw-quiet); text-align: center; }
.lrpw-readout { min-height: 16px; white-space: pre-wrap; }
.lrpw-heatmap:not(.lrpw-wide) .lrpw-readout { min-height: 32px; }
.lrpw-readout span { display: inline-block; max-width: 100%; }
.lrpw-caption { display: flex; flex-direction: column; gap: 4px; }
.lrpw-target { font-size: 15px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
.lrpw-sums { color: var(--lrpw-quiet); white-space: pre-wrap; overflow-wrap: anywhere; }
.lrpw-sums:empty, .lrpw-target:empty { display: none; }
.lrpw-tools { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); gap: 8px 24px; }
.lrpw-wide .lrpw-tools { grid-template-columns: 100%; }
`;
