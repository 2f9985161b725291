/** The styles of the filter view, on top of the theme. */
export const FILTERS = `
.lrpw-filters { display: flex; flex-direction: column; gap: 8px; }
.lrpw-filters-body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.lrpw-filters-wide .lrpw-filters-body { grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); align-items: start; }
.lrpw-filters-wide .lrpw-filters-body.lrpw-alone { grid-template-columns: minmax(0, 1fr); }
.lrpw-filters-heat .lrpw-view { padding: 0; }
.lrpw-filters-panel { position: relative; display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.lrpw-layers { display: flex; flex-direction: column; gap: 4px; }
.lrpw-chips { display: flex; flex-wrap: wrap; gap: 4px; }
.lrpw-chip { display: inline-flex; max-width: 100%; border: 1px solid var(--lrpw-line); border-radius: 12px; overflow: hidden; background: var(--lrpw-soft); }
.lrpw-chip.lrpw-at { border-color: var(--lrpw-accent); }
.lrpw-chip button { height: 22px; margin: 0; border: 0; padding: 0 8px; background: none; color: var(--lrpw-text); font: inherit; cursor: pointer; }
.lrpw-chip .lrpw-chip-show { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-chip button:hover { background: var(--lrpw-line); }
.lrpw-chip button:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: -2px; border-radius: 12px; }
.lrpw-sums-bar { display: flex; height: 8px; border-radius: 2px; overflow: hidden; background: var(--lrpw-soft); }
.lrpw-sums-bar > div { flex: 0 0 auto; }
.lrpw-sums-passed { background: var(--lrpw-accent); }
.lrpw-sums-held { background: var(--lrpw-line); }
.lrpw-sums-round { background: repeating-linear-gradient(135deg, var(--lrpw-quiet) 0 3px, transparent 3px 6px); }
.lrpw-sums-absorbed { background: var(--lrpw-bad); }
.lrpw-sums-list { display: flex; flex-wrap: wrap; gap: 0 8px; margin-top: 4px; color: var(--lrpw-quiet); }
.lrpw-sums-list .lrpw-sums-passed-words { color: var(--lrpw-text); font-weight: 600; }
.lrpw-sums-list > span { background: none; }
.lrpw-units { position: relative; height: 292px; overflow-x: hidden; overflow-y: scroll; overscroll-behavior: contain; touch-action: pan-y; user-select: none; border: 1px solid var(--lrpw-line); border-radius: 3px; outline: none; cursor: pointer; }
.lrpw-units:focus { border-color: var(--lrpw-accent); }
.lrpw-units:focus-visible { box-shadow: 0 0 0 1px var(--lrpw-accent); }
.lrpw-units-field { position: relative; }
.lrpw-unit { position: absolute; top: 0; left: 0; width: 72px; height: 94px; padding: 4px; }
.lrpw-unit-frame { display: flex; align-items: center; justify-content: center; width: 64px; height: 66px; border: 2px solid transparent; border-radius: 3px; background: var(--lrpw-soft); overflow: hidden; }
.lrpw-unit-map { display: block; width: 60px; height: 60px; object-fit: contain; }
.lrpw-unit.lrpw-kept .lrpw-unit-frame { border-color: var(--lrpw-accent); }
.lrpw-unit.lrpw-partly .lrpw-unit-frame { border-color: var(--lrpw-accent); border-style: dashed; }
.lrpw-unit.lrpw-kept .lrpw-unit-words { color: var(--lrpw-text); }
.lrpw-unit.lrpw-looked { background: var(--lrpw-soft); }
.lrpw-units:focus .lrpw-unit.lrpw-at { outline: 1px dashed var(--lrpw-text); outline-offset: -2px; border-radius: 4px; }
.lrpw-unit-words { display: flex; justify-content: space-between; gap: 2px; margin-top: 2px; font-size: 11px; line-height: 14px; color: var(--lrpw-quiet); white-space: nowrap; }
.lrpw-scale { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 8px; color: var(--lrpw-quiet); }
.lrpw-scale canvas { width: 96px; height: 8px; border-radius: 2px; }
.lrpw-looking { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; }
.lrpw-positions { display: flex; flex-direction: column; gap: 4px; flex: 0 1 232px; min-width: 0; }
.lrpw-positions .lrpw-label { display: none; }
.lrpw-positions-frame { position: relative; cursor: crosshair; outline: none; }
.lrpw-positions-frame:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-positions-frame.lrpw-kept { box-shadow: 0 0 0 2px var(--lrpw-accent); }
.lrpw-positions-map { display: block; width: 100%; height: 100%; image-rendering: pixelated; }
.lrpw-positions-marks { position: absolute; inset: 0; pointer-events: none; }
.lrpw-positions-mark { position: absolute; border: 1px solid #000; box-shadow: inset 0 0 0 1px #fff; }
.lrpw-positions-frame:not(:hover, :focus) .lrpw-positions-mark.lrpw-at { display: none; }
.lrpw-positions-mark.lrpw-kept { border: 2px solid var(--lrpw-accent); box-shadow: inset 0 0 0 1px var(--lrpw-surface); }
.lrpw-likes { display: flex; flex-direction: column; gap: 4px; flex: 1 1 240px; min-width: 0; }
.lrpw-likes-pictures { display: flex; flex-wrap: wrap; gap: 8px; }
.lrpw-like { margin: 0; width: 72px; }
.lrpw-like img { display: block; max-width: 72px; max-height: 72px; border-radius: 2px; }
.lrpw-like figcaption { display: flex; flex-direction: column; font-size: 11px; line-height: 14px; overflow-wrap: anywhere; }
`;
