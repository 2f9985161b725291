/** The styles of the text view, on top of the theme and the heat map's. */
export const TEXT = `
.lrpw-text .lrpw-shown { flex: 1; width: auto; min-width: 0; }
.lrpw-text:not(.lrpw-wide) .lrpw-shown { width: 100%; }
.lrpw-paper { position: relative; }
.lrpw-words {
  max-height: 480px; overflow: auto; resize: vertical; padding: 8px 12px; outline: none;
  border: 1px solid var(--lrpw-line); border-radius: 3px; background: var(--lrpw-surface); color: var(--lrpw-text);
  font: 15px/24px var(--jp-content-font-family, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif);
  white-space: pre-wrap; overflow-wrap: anywhere; cursor: text; transition: opacity 150ms;
}
.lrpw-words:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-busy .lrpw-words { opacity: 0.5; }
.lrpw-line { text-align: start; content-visibility: auto; contain-intrinsic-block-size: auto 24px; }
.lrpw-line > span { border-radius: 2px; }
.lrpw-unread { color: var(--lrpw-quiet); }
.lrpw-line > .lrpw-here { outline: 2px solid var(--lrpw-text); outline-offset: 0; }
.lrpw-text .lrpw-readout bdi { font-weight: 600; }
.lrpw-text .lrpw-readout:not(.lrpw-muted) > * + * { margin-inline-start: 16px; }
.lrpw-text.lrpw-none .lrpw-paper { display: none; }
`;
