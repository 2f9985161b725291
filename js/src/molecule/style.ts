/** The styles of the molecule view, on top of the theme. */
export const MOLECULE = `
.lrpw-molecule { display: flex; flex-direction: column; gap: 8px; }
.lrpw-mol-caption { overflow-wrap: anywhere; padding-right: 64px; }
.lrpw-mol-stage { position: relative; height: 360px; min-width: 0; background: var(--lrpw-surface); border: 1px solid var(--lrpw-line); border-radius: 3px; cursor: grab; touch-action: none; overflow: hidden; }
.lrpw-mol-stage:active { cursor: grabbing; }
.lrpw-mol-stage:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-mol-canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.lrpw-mol-ink { color: var(--lrpw-text); background: var(--lrpw-surface); border-color: var(--lrpw-accent); position: absolute; visibility: hidden; }
.lrpw-mol-read { min-height: 16px; overflow-wrap: anywhere; }
.lrpw-mol-bar canvas { display: block; width: 100%; height: 12px; border-radius: 2px; }
.lrpw-mol-ticks { display: flex; justify-content: space-between; gap: 8px; color: var(--lrpw-quiet); }
.lrpw-mol-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.lrpw-mol-tools > .lrpw-row { flex: 0 1 auto; max-width: 100%; }
.lrpw-mol-tools .lrpw-label { flex: 0 0 auto; }
.lrpw-mol-slice { flex: 1 1 240px !important; max-width: 480px !important; }
`;
