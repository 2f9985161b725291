/** The styles of the flipping player, on top of the theme. */
export const FLIPPING = `
.lrpw-flipping { display: flex; flex-direction: column; gap: 12px; }
.lrpw-flipping.lrpw-none :is(.lrpw-pair, .lrpw-transport, .lrpw-options, .lrpw-curves, .lrpw-scroll, .lrpw-flip-words) { display: none; }
.lrpw-flipping .lrpw-panel { cursor: crosshair; touch-action: pan-x pan-y; user-select: none; }
.lrpw-flipping .lrpw-zoomed .lrpw-panel { touch-action: none; }
.lrpw-flipping .lrpw-dragging .lrpw-panel { cursor: grabbing; }
.lrpw-flipping .lrpw-pair { position: relative; display: flex; gap: 12px; outline: none; align-self: flex-start; }
.lrpw-flipping .lrpw-pair:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-flipping figure { margin: 0; min-width: 0; }
.lrpw-flipping figcaption { margin-top: 4px; color: var(--lrpw-quiet); font-size: 12px; overflow-wrap: anywhere; }
.lrpw-flipping .lrpw-panel { position: relative; overflow: hidden; line-height: 0; }
.lrpw-flipping .lrpw-canvas, .lrpw-flipping.lrpw-busy .lrpw-canvas { display: block; opacity: 1; transition: none; }
.lrpw-flipping .lrpw-nothing { display: flex; align-items: center; justify-content: center; padding: 16px; text-align: center; border: 1px dashed var(--lrpw-line); color: var(--lrpw-quiet); }
.lrpw-next { position: absolute; pointer-events: none; overflow: visible; }
.lrpw-next path { fill: none; vector-effect: non-scaling-stroke; stroke-linecap: square; }
.lrpw-next path:first-child { stroke: #fff; stroke-width: 4px; }
.lrpw-next path:last-child { stroke: #000; stroke-width: 1.5px; }
.lrpw-transport { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; }
.lrpw-transport .lrpw-slider { flex: 1 1 96px; margin: 0 8px; }
.lrpw-transport .lrpw-button { min-width: 32px; }
.lrpw-transport .lrpw-play { min-width: 64px; }
.lrpw-transport .lrpw-step { flex: 0 0 auto; min-width: 96px; text-align: right; }
.lrpw-options { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(208px, 100%), 1fr)); gap: 8px 24px; }
.lrpw-options .lrpw-check { gap: 6px; cursor: pointer; }
.lrpw-options input[type="checkbox"]:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-curves { display: block; max-width: 100%; cursor: col-resize; touch-action: pan-y; outline: none; user-select: none; border-radius: 3px; }
.lrpw-curves:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-accent); }
.lrpw-curves text { fill: var(--lrpw-quiet); font-size: 11px; stroke: var(--lrpw-surface); stroke-width: 3px; paint-order: stroke; }
.lrpw-grid { stroke: var(--lrpw-line); stroke-width: 1; shape-rendering: crispEdges; }
.lrpw-curve { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
.lrpw-curve.lrpw-chosen { stroke-width: 2.75; }
.lrpw-curve.lrpw-other { opacity: 0.75; }
.lrpw-curve-change { stroke-width: 2; stroke-dasharray: 1 3; }
.lrpw-now { stroke: var(--lrpw-text); stroke-width: 1.5; }
.lrpw-scroll { overflow-x: auto; }
.lrpw-view .lrpw-tracks { border-collapse: collapse; margin: 0; font: inherit; color: inherit; border: 0; }
.lrpw-view .lrpw-tracks :is(th, td) { padding: 3px 16px 3px 0; border: 0; text-align: right; white-space: nowrap; font-weight: 400; max-width: none; }
.lrpw-view .lrpw-tracks th { color: var(--lrpw-quiet); font-size: 12px; }
.lrpw-view .lrpw-tracks :is(th, td):is(:nth-child(1), :nth-child(2), :last-child) { text-align: left; }
.lrpw-view .lrpw-tracks tr { background: none; }
.lrpw-view .lrpw-tracks tbody tr { cursor: pointer; }
.lrpw-view .lrpw-tracks tbody tr:hover { background: var(--lrpw-soft); }
.lrpw-view .lrpw-tracks tr.lrpw-chosen td { font-weight: 600; }
.lrpw-view .lrpw-track { padding: 0 0 0 8px; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
.lrpw-view .lrpw-track:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-flip-words { display: flex; flex-direction: column; gap: 4px; color: var(--lrpw-quiet); overflow-wrap: anywhere; }
.lrpw-caveat { padding-left: 8px; border-left: 3px solid var(--lrpw-line); }
`;
