/** The styles of the view of prototypes, on top of the theme. */
export const PROTOTYPES = `
.lrpw-prototypes { display: flex; flex-direction: column; gap: 16px; }
.lrpw-proto-controls { display: flex; flex-direction: column; gap: 8px; padding-right: 64px; }
.lrpw-proto-fields { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.lrpw-proto-field { display: flex; align-items: center; gap: 8px; max-width: 100%; }
.lrpw-prototypes .lrpw-select { flex: 0 1 auto; max-width: 208px; }
.lrpw-proto-go { display: flex; flex-wrap: wrap; gap: 8px; }
.lrpw-prototypes .lrpw-button { white-space: nowrap; }
.lrpw-prototypes :is(.lrpw-proto-number, .lrpw-proto-rename) { height: 24px; margin: 0; padding: 0 4px; color: var(--lrpw-text); background: var(--lrpw-field); border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit; }
.lrpw-prototypes .lrpw-proto-number { width: 64px; }
.lrpw-prototypes :is(.lrpw-proto-number, .lrpw-proto-rename, .lrpw-proto-picture):focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-proto-columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(224px, 100%), 1fr)); gap: 16px 24px; }
.lrpw-proto-column { display: flex; flex-direction: column; gap: 4px; min-width: 0; max-width: 336px; }
.lrpw-proto-expert, .lrpw-proto-name, .lrpw-proto-notes { overflow-wrap: anywhere; }
.lrpw-proto-expert { min-height: 32px; }
.lrpw-proto-notes { font-size: 12px; }
.lrpw-proto-notes:empty { display: none; }
.lrpw-proto-pictures { display: grid; grid-template-columns: 100%; gap: 4px; max-width: 224px; margin: 4px 0; }
.lrpw-proto-pictures.lrpw-several { grid-template-columns: repeat(auto-fill, minmax(64px, 1fr)); max-width: none; }
.lrpw-prototypes .lrpw-proto-picture { display: block; width: 100%; margin: 0; padding: 1px; border: 2px solid transparent; border-radius: 4px; background: none; line-height: 0; }
.lrpw-several .lrpw-proto-picture { cursor: pointer; }
.lrpw-several .lrpw-proto-picture[aria-pressed="true"] { border-color: var(--lrpw-accent); }
.lrpw-proto-canvas { display: block; width: 100%; outline: 1px solid var(--lrpw-line); }
.lrpw-prototypes .lrpw-squares { image-rendering: pixelated; }
.lrpw-proto-reference { height: 40px; outline: 1px solid var(--lrpw-line); }
.lrpw-prototypes .lrpw-proto-facts { display: grid; grid-template-columns: auto 1fr; gap: 0 16px; margin: 0; }
.lrpw-prototypes .lrpw-proto-facts :is(dt, dd) { margin: 0; padding: 0; float: none; font-weight: 400; }
.lrpw-prototypes .lrpw-proto-facts dt { width: auto; color: var(--lrpw-quiet); white-space: nowrap; }
.lrpw-prototypes .lrpw-proto-facts dd { overflow-wrap: anywhere; }
.lrpw-prototypes .lrpw-proto-heading { margin: 0 0 8px; font: inherit; font-weight: 600; color: inherit; }
.lrpw-proto-swept { display: flex; flex-wrap: wrap; gap: 16px 24px; }
.lrpw-proto-swept .lrpw-proto-column { flex: 0 1 224px; }
.lrpw-proto-curves { display: flex; flex: 1 1 240px; flex-direction: column; gap: 8px; max-width: 480px; min-width: 0; }
.lrpw-proto-chart-head { display: flex; justify-content: space-between; gap: 16px; }
.lrpw-proto-chart { display: block; width: 100%; overflow: visible; border-bottom: 1px solid var(--lrpw-line); }
.lrpw-proto-line { fill: none; stroke: var(--lrpw-accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
.lrpw-proto-dot { fill: var(--lrpw-accent); stroke: var(--lrpw-surface); }
.lrpw-proto-now { stroke: var(--lrpw-line); stroke-width: 1; }
.lrpw-proto-all { max-width: 480px; }
.lrpw-proto-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(168px, 100%), 1fr)); gap: 16px; }
.lrpw-proto-card { display: flex; flex-direction: column; gap: 4px; min-width: 0; max-width: 224px; padding: 8px; border: 1px solid var(--lrpw-line); border-radius: 4px; }
.lrpw-prototypes .lrpw-proto-rename { width: 100%; font-weight: 600; }
.lrpw-prototypes .lrpw-proto-code { margin: 0; padding: 4px; max-height: 160px; overflow: auto; color: inherit; background: var(--lrpw-soft); font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
`;
