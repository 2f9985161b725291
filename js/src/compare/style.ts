/** The styles of the comparison, on top of the theme and the heat map's. */
export const COMPARE = `
.lrpw-compare-among { color: var(--lrpw-quiet); font-size: 12px; }
.lrpw-compare-among:empty { display: none; }
.lrpw-compare { display: flex; flex-direction: column; gap: 16px; --lrpw-max-height: 512; }
.lrpw-compare-head { position: relative; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; min-height: 32px; padding-right: 64px; }
.lrpw-compare-head .lrpw-readout { flex: 1 1 240px; min-height: 16px; }
.lrpw-compare-rows { display: flex; flex-direction: column; gap: 24px; }
.lrpw-compare-row { display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.lrpw-compare-heading { font-size: 15px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
.lrpw-compare-cells { display: grid; gap: 4px 16px; }
/* Parts of cells side by side start at one height, however long the words above them are. */
.lrpw-cell { display: grid; grid-template-columns: minmax(0, 1fr); grid-row: span 5; grid-template-rows: subgrid; align-items: start; min-width: 0; padding-top: 4px; border-top: 2px solid transparent; }
.lrpw-cell > :last-child { padding-bottom: 8px; }
.lrpw-cell.lrpw-selected { border-top-color: var(--lrpw-accent); }
.lrpw-cell-head { display: flex; align-items: flex-start; gap: 8px; min-height: 24px; }
.lrpw-cell-names { flex: 1; min-width: 0; }
.lrpw-cell-target { color: var(--lrpw-quiet); overflow-wrap: anywhere; }
.lrpw-cell-title { min-width: 0; font-weight: 600; line-height: 20px; overflow-wrap: anywhere; }
.lrpw-cell-marks { display: flex; gap: 4px; }
.lrpw-view .lrpw-cell-marks .lrpw-button { min-width: 24px; padding: 0 4px; color: var(--lrpw-quiet); }
.lrpw-view .lrpw-cell-marks .lrpw-button[aria-pressed="true"] { color: var(--lrpw-surface); background: var(--lrpw-accent); border-color: var(--lrpw-accent); }
.lrpw-compare .lrpw-stage { align-self: flex-start; }
.lrpw-cell-value { min-height: 16px; font-weight: 600; }
.lrpw-cell-lines { display: flex; flex-direction: column; gap: 2px; color: var(--lrpw-quiet); overflow-wrap: anywhere; }
.lrpw-compare .lrpw-cell .lrpw-empty { padding: 16px 8px; }
.lrpw-cell-region { position: absolute; pointer-events: none; border: 1px solid rgba(0, 0, 0, 0.8); box-shadow: 0 0 0 1px rgba(255, 255, 255, 0.8), inset 0 0 0 1px rgba(255, 255, 255, 0.5); }
.lrpw-compare-own { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); gap: 8px 24px; }
.lrpw-checks { display: flex; flex: 1; flex-wrap: wrap; gap: 4px 16px; }
.lrpw-checks label { display: flex; align-items: center; gap: 4px; cursor: pointer; }
.lrpw-checks input { margin: 0; accent-color: var(--lrpw-accent); }
.lrpw-checks input:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-cell .lrpw-bar { margin-top: 4px; }
.lrpw-cell .lrpw-bar-ticks { flex-wrap: wrap; gap: 0 8px; }
.lrpw-cell .lrpw-bar-rule { order: 1; flex: 1 0 100%; text-align: left; }
.lrpw-compare :is(.lrpw-bar-low, .lrpw-bar-high) { white-space: nowrap; }
/* What is there already is not dimmed by what is still to come. */
.lrpw-compare.lrpw-busy .lrpw-canvas { opacity: 1; }
.lrpw-compare .lrpw-bar { max-width: 100%; }
`;
