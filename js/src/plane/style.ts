/** The styles of the plane, on top of the theme. */
export const PLANE = `
.lrpw-plane-panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(232px, 100%), 1fr)); gap: 16px 24px; max-width: 1160px; }
.lrpw-plane figure { display: flex; flex-direction: column; gap: 4px; margin: 0; min-width: 0; max-width: 480px; }
.lrpw-plane figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-plot { display: block; width: 100%; aspect-ratio: 1; overflow: hidden; border: 1px solid var(--lrpw-line); border-radius: 2px; background: var(--lrpw-surface); cursor: crosshair; touch-action: none; user-select: none; outline: none; }
.lrpw-plot:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-shades path { fill: var(--lrpw-text); fill-opacity: 0.05; shape-rendering: crispEdges; }
.lrpw-arrows, .lrpw-own { fill: none; stroke: var(--lrpw-text); stroke-width: 1.25; stroke-linecap: round; stroke-linejoin: round; }
.lrpw-own { stroke: var(--lrpw-accent); stroke-width: 3; }
.lrpw-dot { fill: var(--lrpw-accent); stroke: var(--lrpw-surface); stroke-width: 2; }
.lrpw-axis { font-size: 12px; }
.lrpw-plane .lrpw-value { min-width: 64px; }
.lrpw-plane-bar { position: relative; flex: 1; min-width: 40px; height: 8px; background: var(--lrpw-soft); border-radius: 2px; }
.lrpw-plane-bar span { position: absolute; top: 0; height: 100%; }
.lrpw-plane-bar .lrpw-for { background: #c0392b; }
.lrpw-plane-bar .lrpw-against { background: #2a6fb0; }
.lrpw-plane-bar .lrpw-zero { top: -2px; left: 50%; width: 2px; height: 12px; margin-left: -1px; background: var(--lrpw-text); }
`;
