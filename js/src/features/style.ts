/** The styles of the features' bars, and of the charts that bqplot draws beside them. */
export const FEATURES = `
.lrpw-features { display: flex; flex-direction: column; gap: 8px; }
.lrpw-features-head { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.lrpw-features-head .lrpw-row { flex: 0 1 auto; }
.lrpw-features-head .lrpw-label { flex: 0 0 auto; }
.lrpw-features-caption { flex: 1 1 240px; overflow-wrap: anywhere; }
.lrpw-features-list { outline: none; border-radius: 3px; }
.lrpw-features-list:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-accent); }
.lrpw-feature { display: grid; grid-template-columns: minmax(120px, 200px) minmax(56px, 104px) minmax(48px, 1fr) minmax(56px, 72px); align-items: center; gap: 0 8px; min-height: 24px; padding: 0 4px; border-radius: 3px; }
.lrpw-feature[role="option"] { cursor: pointer; }
.lrpw-feature[role="option"]:hover { background: var(--lrpw-soft); }
.lrpw-feature[aria-selected="true"] { background: var(--lrpw-soft); box-shadow: inset 3px 0 0 var(--lrpw-accent); }
.lrpw-feature > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-feature > :is(.lrpw-feature-value, .lrpw-feature-number) { text-align: right; }
.lrpw-feature > .lrpw-feature-value { color: var(--lrpw-quiet); }
.lrpw-feature-track { position: relative; height: 24px; }
.lrpw-feature-track > i { position: absolute; top: 4px; bottom: 4px; display: block; }
.lrpw-feature-track > b { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--lrpw-quiet); }
.lrpw-features-words { min-height: 16px; overflow-wrap: anywhere; }
.lrpw-feature-charts { color: var(--jp-ui-font-color1, CanvasText); font: 13px/16px var(--jp-ui-font-family, system-ui, sans-serif); }
.lrpw-feature-charts .bqplot > svg :is(.axis .tick text, .axislabel) { fill: var(--jp-ui-font-color1, CanvasText); font-size: 11px; }
.lrpw-feature-charts .bqplot > svg .axis :is(path, .tick line) { stroke: var(--jp-border-color1, GrayText); }
.lrpw-feature-charts .bqplot > svg .zeroLine { stroke: var(--jp-border-color1, GrayText); }
.lrpw-feature-charts .widget-html-content { line-height: 18px; white-space: normal; }
.lrpw-feature-charts table { border-collapse: collapse; margin: 0; }
.lrpw-feature-charts :is(th, td) { padding: 2px 12px 2px 0; border: 0; text-align: left; font-weight: 400; }
.lrpw-feature-charts td + td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lrpw-feature-swatch { display: inline-block; width: 10px; height: 10px; margin-right: 6px; border-radius: 2px; }
`;
