/** The styles of the sequence view, on top of the theme. */
export const SEQUENCE = `
.lrpw-sequence { display: flex; flex-direction: column; gap: 8px; }
.lrpw-seq-stage { position: relative; outline: none; user-select: none; touch-action: pan-y; cursor: crosshair; }
.lrpw-seq-stage:focus { box-shadow: 0 0 0 1px var(--lrpw-accent); }
.lrpw-seq-stage:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-seq-canvas { display: block; width: 100%; }
.lrpw-seq-target { font-size: 15px; line-height: 20px; font-weight: 600; overflow-wrap: anywhere; }
.lrpw-seq-readout { min-height: 16px; }
.lrpw-seq-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.lrpw-seq-tools > div { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; min-width: 0; }
.lrpw-seq-tools .lrpw-label { flex: 0 0 auto; margin-left: 8px; }
.lrpw-sequence .lrpw-select { flex: 0 0 auto; max-width: 128px; }
.lrpw-sequence .lrpw-slider { flex: none; width: 100%; }
.lrpw-sequence .lrpw-button[aria-pressed="true"] { border-color: var(--lrpw-accent); box-shadow: inset 0 0 0 1px var(--lrpw-accent); }
.lrpw-sequence .lrpw-seq-motif { width: 144px; height: 24px; margin: 0; padding: 0 4px; color: var(--lrpw-text); background: var(--lrpw-field); border: 1px solid var(--lrpw-line); border-radius: 3px; font: 13px/16px var(--jp-code-font-family, ui-monospace, monospace); text-transform: uppercase; }
.lrpw-seq-motif::placeholder { text-transform: none; }
.lrpw-sequence .lrpw-seq-motif:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-seq-found { max-width: 720px; max-height: 168px; overflow: auto; container-type: inline-size; border: 1px solid var(--lrpw-line); border-radius: 3px; }
.lrpw-seq-found:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-seq-match { display: grid; grid-template-columns: 96px 112px minmax(64px, 1fr) 96px 80px; gap: 8px; padding: 2px 8px; cursor: pointer; }
.lrpw-seq-one .lrpw-seq-match { grid-template-columns: 112px minmax(64px, 1fr) 96px 80px; }
.lrpw-seq-one .lrpw-seq-match span:first-child { display: none; }
.lrpw-seq-match:hover, .lrpw-seq-match[aria-selected="true"] { background: var(--lrpw-soft); }
.lrpw-seq-match.lrpw-seq-active { box-shadow: inset 2px 0 0 var(--lrpw-accent); }
.lrpw-seq-match span:nth-child(3) { font-family: var(--jp-code-font-family, ui-monospace, monospace); overflow: hidden; text-overflow: ellipsis; }
.lrpw-seq-match span:nth-child(n+4) { text-align: right; }
.lrpw-seq-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; max-width: 480px; }
.lrpw-seq-bar canvas { flex: 1; min-width: 64px; height: 8px; border-radius: 2px; }
@container (max-width: 560px) { .lrpw-seq-match { grid-template-columns: auto auto minmax(0, 1fr) auto; } .lrpw-seq-match span:nth-child(4) { display: none; } }
`;
