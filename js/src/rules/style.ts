/** The styles of the rule view, on top of the theme. Ledger colours are none of the map's: they say where, not for or against. */
export const RULES = `
.lrpw-rules {
  display: flex; flex-direction: column; gap: 8px;
  --lrpw-outgoing: light-dark(#8a94a3, #76818f);
  --lrpw-bias: light-dark(#c98300, #e0a63a);
  --lrpw-stabilizer: light-dark(#7b4fb5, #b08ce0);
  --lrpw-stopped: light-dark(#00877a, #3fb8a8);
}
.lrpw-rules-head { display: grid; grid-template-columns: repeat(auto-fit, minmax(208px, 1fr)); gap: 8px 16px; padding-right: 56px; }
.lrpw-rules-head .lrpw-label { flex-basis: auto; }
.lrpw-changes { display: flex; flex-wrap: wrap; gap: 4px 8px; }
.lrpw-change { display: inline-flex; align-items: center; gap: 4px; max-width: 100%; padding: 0 0 0 8px; border: 1px solid var(--lrpw-line); border-radius: 12px; background: var(--lrpw-soft); overflow-wrap: anywhere; }
.lrpw-view .lrpw-change .lrpw-button { min-width: 24px; padding: 0; border: 0; background: none; border-radius: 12px; }
.lrpw-rules-main, .lrpw-rules-left { display: flex; flex-direction: column; gap: 16px; min-width: 0; }
.lrpw-rules-map { min-width: 0; --lrpw-max-height: 320; }
.lrpw-rules-map > .lrpw-view { padding: 0; }
.lrpw-rules-wide .lrpw-rules-main { flex-direction: row; align-items: flex-start; gap: 24px; }
.lrpw-rules-wide .lrpw-rules-left { flex: 1 1 50%; }
.lrpw-rules-wide .lrpw-rules-map { flex: 1 1 50%; }
.lrpw-rules:not(.lrpw-rules-wide) .lrpw-rules-map { order: -1; }
.lrpw-tree-box { border: 1px solid var(--lrpw-line); border-radius: 3px; min-width: 0; }
.lrpw-tree { position: relative; max-height: 288px; overflow-y: auto; scrollbar-width: thin; }
.lrpw-tree-head, .lrpw-tree-row { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1.1fr) minmax(0, 1.1fr) 72px minmax(0, 1.5fr); gap: 8px; padding: 0 8px; align-items: center; min-height: 24px; }
.lrpw-tree-head { color: var(--lrpw-quiet); border-bottom: 1px solid var(--lrpw-line); }
.lrpw-tree-row { cursor: pointer; }
.lrpw-tree-row > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-tree-row:hover { background: var(--lrpw-soft); }
.lrpw-tree-row.lrpw-reached { box-shadow: inset 2px 0 0 var(--lrpw-accent); }
.lrpw-tree-row[aria-selected="true"] { background: color-mix(in srgb, var(--lrpw-accent) 18%, transparent); }
.lrpw-tree-row:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: -2px; }
.lrpw-twist { display: inline-block; width: 14px; color: var(--lrpw-quiet); }
.lrpw-share { position: relative; display: block; text-align: right; }
.lrpw-share-bar { position: absolute; inset: 3px auto 3px 0; background: var(--lrpw-outgoing); opacity: 0.35; border-radius: 1px; }
.lrpw-share-text { position: relative; padding-right: 2px; }
.lrpw-editor { display: flex; flex-direction: column; gap: 4px; min-width: 0; }
.lrpw-fields:empty { display: none; }
.lrpw-fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(184px, 1fr)); gap: 4px 16px; }
.lrpw-view .lrpw-entry, .lrpw-view .lrpw-json { height: 24px; margin: 0; padding: 0 6px; color: var(--lrpw-text); background: var(--lrpw-field); border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit; min-width: 0; }
.lrpw-view .lrpw-entry { flex: 1; }
.lrpw-view .lrpw-number { flex: 0 1 104px; width: 104px; }
.lrpw-view :is(.lrpw-entry, .lrpw-json, .lrpw-link, .lrpw-code-text, summary, input[type="checkbox"]):focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-wrong-value { color: var(--lrpw-bad); }
.lrpw-equation { min-height: 64px; padding: 8px 0; overflow-x: auto; overflow-y: hidden; font-size: 17px; line-height: 1.4; }

.lrpw-heading { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: baseline; margin-bottom: 4px; }
.lrpw-ledger { min-width: 0; transition: opacity 150ms; }
.lrpw-stale { opacity: 0.5; }
.lrpw-ledger-scroll { max-height: 320px; overflow-y: auto; scrollbar-width: thin; border: 1px solid var(--lrpw-line); border-radius: 3px; }
.lrpw-view .lrpw-rules table, .lrpw-rules.lrpw-view table { width: 100%; margin: 0; border: 0; border-collapse: collapse; table-layout: fixed; font: inherit; color: inherit; }
.lrpw-rules.lrpw-view tr { background: none; }
.lrpw-rules.lrpw-view :is(th, td) { padding: 2px 8px; border: 0; max-width: none; text-align: left; vertical-align: middle; font-weight: inherit; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-rules.lrpw-view .lrpw-help :is(th, td) { white-space: normal; }
.lrpw-rules.lrpw-view thead th { position: sticky; top: 0; z-index: 1; color: var(--lrpw-quiet); background: var(--lrpw-surface); border-bottom: 1px solid var(--lrpw-line); white-space: normal; vertical-align: bottom; }
.lrpw-rules.lrpw-view .lrpw-figure { width: 88px; text-align: right; }
.lrpw-rules.lrpw-view tr.lrpw-chosen { background: color-mix(in srgb, var(--lrpw-accent) 18%, transparent); }
.lrpw-ledger-rule { width: 16%; }
.lrpw-rules:not(.lrpw-rules-wide) .lrpw-ledger-rule { display: none; }
.lrpw-rules:not(.lrpw-rules-wide).lrpw-view .lrpw-figure { width: 72px; padding-inline: 4px; }
.lrpw-rules-slim :is(.lrpw-tree-head, .lrpw-tree-row) { grid-template-columns: minmax(0, 1.4fr) 64px minmax(0, 1fr); }
.lrpw-rules-slim :is(.lrpw-tree-head, .lrpw-tree-row) > :is(:nth-child(2), :nth-child(3)) { display: none; }
.lrpw-rules-slim .lrpw-equation { font-size: 14px; }
.lrpw-rules-slim .lrpw-ledger thead { display: none; }
.lrpw-rules-slim .lrpw-ledger tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); padding: 4px 0; border-bottom: 1px solid var(--lrpw-line); }
.lrpw-rules-slim.lrpw-view .lrpw-ledger td.lrpw-figure { display: flex; justify-content: space-between; width: auto; padding: 0 8px; }
.lrpw-rules-slim .lrpw-ledger td.lrpw-figure::before { content: attr(data-name); color: var(--lrpw-quiet); }
.lrpw-key { display: inline-block; width: 8px; height: 8px; margin-right: 4px; border-radius: 1px; }
.lrpw-flow { position: relative; height: 12px; background: var(--lrpw-soft); border-radius: 1px; overflow: hidden; }
.lrpw-flow > span { position: absolute; top: 0; bottom: 0; min-width: 1px; }
.lrpw-part-outgoing { background: var(--lrpw-outgoing); }
.lrpw-part-bias { background: var(--lrpw-bias); }
.lrpw-part-stabilizer { background: var(--lrpw-stabilizer); }
.lrpw-part-stopped { background: var(--lrpw-stopped); }
.lrpw-view .lrpw-link { max-width: 100%; padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: left; text-decoration: underline; text-decoration-color: var(--lrpw-line); text-underline-offset: 2px; cursor: pointer; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-section { border-top: 1px solid var(--lrpw-line); padding-top: 8px; min-width: 0; }
.lrpw-section > summary { cursor: pointer; font-weight: 600; }
.lrpw-section[open] > :not(summary) { margin-top: 8px; }
.lrpw-advice ul { margin: 0; padding-left: 16px; display: flex; flex-direction: column; gap: 8px; overflow-wrap: anywhere; }
.lrpw-where { display: flex; flex-wrap: wrap; gap: 0 8px; color: var(--lrpw-quiet); }
.lrpw-boxes-list { display: grid; grid-template-columns: repeat(auto-fill, minmax(184px, 1fr)); gap: 4px 16px; }
.lrpw-rules-check { display: inline-flex; align-items: center; gap: 4px; min-width: 0; overflow-wrap: anywhere; cursor: pointer; }
.lrpw-view input[type="checkbox"] { margin: 0; accent-color: var(--lrpw-accent); }
.lrpw-selecting .lrpw-buttons { gap: 8px 16px; }
.lrpw-selection-bar { flex: 1; min-width: 96px; height: 6px; background: var(--lrpw-soft); border-radius: 3px; overflow: hidden; }
.lrpw-selection-part { height: 100%; background: var(--lrpw-accent); }
.lrpw-rules.lrpw-view .lrpw-ranking :is(th, td) { white-space: normal; overflow-wrap: anywhere; }
.lrpw-rules.lrpw-view .lrpw-ranking :is(th, td):last-child { width: 88px; text-align: right; }
.lrpw-rules .lrpw-code-text { margin: 0; padding: 8px; overflow: auto; background: var(--lrpw-soft); color: inherit; font-family: var(--jp-code-font-family, monospace); font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
.lrpw-view .lrpw-json { width: 100%; height: auto; padding: 8px; resize: vertical; font-family: var(--jp-code-font-family, monospace); font-size: 12px; }
`;
