/** The styles of the region view, on top of the heat map's. */
export const REGIONS = `
.lrpw-regions.lrpw-wide .lrpw-side { flex: 1 1 288px; max-width: 480px; }
.lrpw-regions .lrpw-tools { grid-template-columns: 100%; }
.lrpw-outlines { position: absolute; inset: 0 auto auto 0; pointer-events: none; }
.lrpw-drawing .lrpw-stage { touch-action: none; }
.lrpw-drawing .lrpw-cross { opacity: 0.5; }
.lrpw-region-tools .lrpw-choice { height: 22px; }
.lrpw-region-tools .lrpw-choice:has(:checked) { color: var(--lrpw-surface); background: var(--lrpw-accent); }
.lrpw-icon { display: block; fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linejoin: round; stroke-linecap: round; }
.lrpw-shares { display: flex; flex-direction: column; gap: 8px; }
.lrpw-pies { display: flex; flex-wrap: wrap; gap: 8px 24px; }
.lrpw-pie { display: flex; align-items: center; gap: 8px; }
.lrpw-pie-words { display: flex; flex-direction: column; }
.lrpw-pie-sum { font-weight: 600; }
.lrpw-view .lrpw-region-list { display: flex; flex-direction: column; gap: 4px; max-height: 400px; margin: 0; padding: 2px; overflow-y: auto; list-style: none; }
.lrpw-view .lrpw-region { margin: 0; padding: 3px 8px 3px 5px; border-left: 3px solid transparent; border-radius: 3px; }
.lrpw-region.lrpw-chosen { border-left-color: var(--lrpw-accent); background: var(--lrpw-soft); }
.lrpw-region-line { display: flex; align-items: center; gap: 8px; min-height: 20px; }
.lrpw-view .lrpw-region-radio { flex: 0 0 auto; width: 14px; height: 14px; margin: 0; accent-color: var(--lrpw-accent); }
.lrpw-view .lrpw-region-colour { flex: 0 0 16px; width: 16px; height: 16px; margin: 0; padding: 0; border: 0; border-radius: 2px; background: none; cursor: pointer; }
.lrpw-view span.lrpw-region-colour { margin-left: 22px; cursor: default; }
.lrpw-region-colour::-webkit-color-swatch-wrapper { padding: 0; }
.lrpw-region-colour::-webkit-color-swatch { border: 0; border-radius: 2px; }
.lrpw-region-name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-view input.lrpw-region-name { height: 20px; padding: 0 4px; color: inherit; background: transparent; border: 1px solid transparent; border-radius: 3px; font: inherit; }
.lrpw-view input.lrpw-region-name:hover { border-color: var(--lrpw-line); }
.lrpw-view :is(.lrpw-region-name, .lrpw-region-colour, .lrpw-region-radio):focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-region-buttons { display: flex; gap: 2px; }
.lrpw-view .lrpw-region-buttons .lrpw-button { min-width: 20px; height: 20px; padding: 0 4px; border-color: transparent; background: transparent; }
.lrpw-view .lrpw-region-buttons .lrpw-button:hover { border-color: var(--lrpw-line); }
.lrpw-region-bar { position: relative; flex: 1; min-width: 40px; height: 8px; margin-left: 22px; background: var(--lrpw-soft); border-radius: 2px; }
.lrpw-chosen .lrpw-region-bar { background: var(--lrpw-surface); }
.lrpw-region-bar span { position: absolute; top: 0; height: 100%; }
.lrpw-region-bar .lrpw-for { background: #c0392b; }
.lrpw-region-bar .lrpw-against { background: #2a6fb0; }
.lrpw-region-bar .lrpw-zero { top: -2px; width: 2px; height: 12px; margin-left: -1px; background: var(--lrpw-text); }
.lrpw-region-line > .lrpw-value:first-of-type { margin-left: auto; }
.lrpw-region-part { min-width: 64px; }
.lrpw-region.lrpw-plain { display: flex; }
.lrpw-plain .lrpw-region-line:first-child { flex: 1; min-width: 0; }
.lrpw-refused .lrpw-region-line:last-child { display: none; }
.lrpw-more summary { cursor: pointer; color: var(--lrpw-quiet); min-height: 24px; line-height: 24px; }
.lrpw-more summary:focus-visible { outline: 2px solid var(--lrpw-accent); }
`;
