/** What every view of one picture and its relevance is: arrays read from a store, under hands. */
import { isDefaulted, onDefaults } from "../defaults";
import type { Store } from "../store";
import { Hands } from "./hands";
import { readOptions } from "./options";
import { Painter } from "./painter";
import { readSource, WIRE_NAMES } from "./source";
import type { View } from "./view";

const STATE_NAMES = ["_chosen", "_caption", "_samples", "status", "progress", "error"];

export abstract class PictureView extends Hands implements View {
  painter: Painter | null = null;
  /** What contradicts itself in the store, as a sentence. */
  protected problem = "";
  private stale = true;

  /** `names`: further state of the store after whose change the view is drawn. */
  constructor(store: Store, kind: string, label: string, names: readonly string[] = []) {
    super(store, kind, label, [...STATE_NAMES, ...WIRE_NAMES, ...names]);
    for (const name of WIRE_NAMES) this.undo.push(store.on(name, () => void (this.stale = true)));
    this.undo.push(onDefaults(() => this.redraw.request()));
  }

  /** Reads the state for this frame. */
  protected refresh(): void {
    if (this.stale) this.load();
    this.options = readOptions(this.store, this.painter?.source ?? null);
    if (!this.painter) return;
    const limit = this.painter.limit(this.options);
    this.options.limit = limit;
    // Python computes the same number; this only keeps the store true until it says so. Of a default of the page's
    // it knows nothing.
    if (this.store.get("limit") !== limit && !isDefaulted(this.store, "limit_rule")) this.store.set("limit", limit);
  }

  /** Reads new arrays. What contradicts itself is told, and the last good picture stays. */
  private load(): void {
    this.stale = false;
    try {
      const source = readSource(this.store);
      this.painter = source && new Painter(source);
      this.problem = "";
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}
