/** The styles of the gallery, on top of the theme. */
import { TILE } from "./grid";

export const GALLERY = `
.lrpw-gallery { display: flex; flex-direction: column; gap: 8px; }
.lrpw-gallery-filters { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(232px, 100%), 1fr)); gap: 8px 24px; }
.lrpw-counts { grid-column: 1 / -1; display: flex; align-items: center; gap: 8px; min-height: 24px; }
.lrpw-summary { flex: 1; font-weight: 600; min-width: 0; overflow-wrap: anywhere; }
.lrpw-view .lrpw-field { flex: 1; min-width: 0; height: 24px; margin: 0; padding: 0 6px; color: var(--lrpw-text); background: var(--lrpw-field); border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit; }
.lrpw-view .lrpw-field[type="number"] { appearance: textfield; padding: 0 4px; }
.lrpw-view .lrpw-field::placeholder { color: var(--lrpw-quiet); opacity: 1; }
.lrpw-view .lrpw-field:focus-visible { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-place { position: relative; }
.lrpw-tiles { position: relative; height: 432px; overflow-y: scroll; overflow-x: hidden; padding: 4px; border: 1px solid var(--lrpw-line); border-radius: 3px; outline: none; contain: strict; }
.lrpw-tiles:focus-visible { border-color: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-accent); }
.lrpw-all { position: relative; width: 100%; }
.lrpw-nobody { position: absolute; inset: 0; display: flex; align-items: center; justify-content: center; padding: 24px; color: var(--lrpw-quiet); text-align: center; pointer-events: none; }
.lrpw-tile { position: absolute; top: 0; left: 0; width: ${TILE.width}px; height: ${TILE.height}px; cursor: pointer; contain: strict; border-radius: 3px; }
.lrpw-tile:hover { background: var(--lrpw-soft); }
.lrpw-tile-picture { position: relative; display: flex; align-items: center; justify-content: center; width: 88px; height: 88px; margin: 4px; overflow: hidden; background: var(--lrpw-soft); font-size: 11px; text-align: center; overflow-wrap: anywhere; }
.lrpw-tile-picture img { display: block; width: 100%; height: 100%; margin: 0; object-fit: contain; }
.lrpw-tile-picture .lrpw-squares { image-rendering: pixelated; }
.lrpw-tile-words, .lrpw-tile-number { padding: 0 4px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
.lrpw-tile-number { color: var(--lrpw-quiet); font-size: 11px; }
.lrpw-wrong .lrpw-tile-picture { outline: 2px solid var(--lrpw-bad); }
.lrpw-wrong .lrpw-tile-words { color: light-dark(#b71c1c, #ff8a80); font-weight: 600; }
.lrpw-tile-cross { position: absolute; right: 0; bottom: 0; width: 16px; height: 16px; color: var(--lrpw-surface); background: var(--lrpw-bad); font: 700 14px/16px sans-serif; text-align: center; }
.lrpw-tile[aria-selected="true"] { background: var(--lrpw-soft); box-shadow: inset 0 0 0 2px var(--lrpw-accent); }
.lrpw-tiles:focus .lrpw-tile.lrpw-cursor { outline: 2px dashed var(--lrpw-accent); outline-offset: -4px; }
`;
