/**
 * The look that a page prefers where nobody chose one: JupyterLab's settings set it, every view reads it.
 *
 * A page runs this code several times (the labextension's bundle, one module for each widget), so what they share
 * hangs on the page itself. A value that a person, a notebook or a file gave always wins:
 *
 *   own value of the store     shown
 *   missing, or not in `_chosen`   the page's default, else the store's value, else the package's default
 *
 * `_chosen` lists the options that were ever set; a store without it counts every value that it has as chosen.
 * Defaults are shown, never written: a look at a view changes neither its state in the kernel nor its file.
 */
import type { Store } from "./store";

export interface Defaults {
  cmap?: string;
  limit_rule?: string;
}

interface Slot {
  values: Readonly<Defaults>;
  target: EventTarget;
}

const SLOT = Symbol.for("lrpwidgets.defaults");
const CHANGED = "change";
/** The options that a default can stand in for. */
export const DEFAULTED: readonly (keyof Defaults)[] = ["cmap", "limit_rule"];

function slot(): Slot {
  const page = globalThis as unknown as Record<symbol, Slot | undefined>;
  return (page[SLOT] ??= { values: {}, target: new EventTarget() });
}

export function setDefaults(values: Defaults): void {
  const shared = slot();
  shared.values = Object.freeze({ ...values });
  shared.target.dispatchEvent(new Event(CHANGED));
}

/** Calls back after the page's defaults changed; the result unsubscribes. */
export function onDefaults(callback: () => void): () => void {
  const { target } = slot();
  target.addEventListener(CHANGED, callback);
  return () => target.removeEventListener(CHANGED, callback);
}

/** Whether the page's default is what is shown. */
export function isDefaulted(store: Store, name: keyof Defaults): boolean {
  return slot().values[name] !== undefined && !isChosen(store, name);
}

export function preferred(store: Store, name: keyof Defaults): unknown {
  return isDefaulted(store, name) ? slot().values[name] : store.get(name);
}

/** Notes that somebody chose these options, so that no default takes their place. */
export function choose(store: Store, names: readonly string[]): void {
  const chosen = store.get("_chosen");
  if (!Array.isArray(chosen)) return;
  const added = DEFAULTED.filter((name) => names.includes(name) && !chosen.includes(name));
  if (added.length) store.set("_chosen", [...chosen, ...added]);
}

function isChosen(store: Store, name: string): boolean {
  const value = store.get(name);
  if (value === undefined || value === null) return false;
  const chosen = store.get("_chosen");
  return !Array.isArray(chosen) || chosen.includes(name);
}
