/** The styles of the signal view, on top of the theme and the heat map's. */
export const SIGNAL = `
.lrpw-sig-body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; }
.lrpw-wide .lrpw-sig-body { grid-template-columns: minmax(0, 1fr) 320px; grid-template-rows: auto 1fr; gap: 16px 24px; }
.lrpw-wide .lrpw-sig-main { grid-column: 1; grid-row: 1 / 3; }
.lrpw-wide .lrpw-sig-head { grid-column: 2; grid-row: 1; }
.lrpw-wide .lrpw-sig-side { grid-column: 2; grid-row: 2; }
.lrpw-sig-main, .lrpw-sig-side { display: flex; flex-direction: column; gap: 8px; min-width: 0; }
.lrpw-sig-side { gap: 16px; }
.lrpw-sig-head { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; min-width: 0; }
.lrpw-sig-map { display: flex; flex-direction: column; gap: 8px; flex: 1 1 224px; max-width: 320px; min-width: 0; }
.lrpw-sig-list { flex: 1 1 200px; min-width: 0; }
.lrpw-head { display: block; width: 100%; max-width: 320px; aspect-ratio: 1; cursor: crosshair; }
.lrpw-signal .lrpw-stage { display: block; touch-action: pan-y; }
.lrpw-signal .lrpw-stage canvas { display: block; width: 100%; }
.lrpw-busy .lrpw-stage canvas { opacity: 0.5; }
.lrpw-sig-sum { font-size: 15px; line-height: 20px; font-weight: 600; }
.lrpw-view .lrpw-sig-bars { margin: 8px 0 0; padding: 0; list-style: none; }
.lrpw-view .lrpw-sig-row { display: flex; align-items: center; gap: 8px; margin: 0; line-height: 18px; }
.lrpw-sig-row .lrpw-value { flex: 0 0 72px; }
.lrpw-sig-name { flex: 0 0 56px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-sig-track { position: relative; flex: 1; height: 10px; min-width: 64px; max-width: 240px; background: linear-gradient(var(--lrpw-line), var(--lrpw-line)) 50% 0 / 1px 100% no-repeat; }
.lrpw-sig-bar { position: absolute; top: 1px; bottom: 1px; }
.lrpw-signal .lrpw-readout { min-height: 32px; }
.lrpw-sig-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.lrpw-sig-tools > div { display: flex; align-items: center; gap: 4px; min-width: 0; }
.lrpw-sig-tools .lrpw-label { flex: 0 0 auto; }
.lrpw-signal .lrpw-sig-tools .lrpw-select { flex: 0 0 auto; max-width: 160px; }
.lrpw-signal .lrpw-sig-along { flex: none; width: 100%; }
.lrpw-signal.lrpw-none .lrpw-sig-body { display: none; }
`;
