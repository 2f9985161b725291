/** Where a view keeps its state: a kernel's widget model, or a plain object when there is no kernel. */
import type { Decoded } from "./decode";

export interface Store {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  /** Ends a gesture: what was set goes to the kernel, if there is one. */
  commit(): void;
  /** Calls back after `name` changed, whoever changed it; the result unsubscribes. */
  on(name: string, callback: () => void): () => void;
  /** A message to the kernel; absent where there is none. */
  send?(content: unknown): void;
  /** Calls back on a message from the kernel; absent where there is none. */
  hear?(callback: (content: unknown, buffers: readonly DataView[]) => void): () => void;
}

/** State that lives in the page only. */
export class LocalStore implements Store {
  private readonly values: Map<string, unknown>;
  private readonly listeners = new Map<string, Set<() => void>>();

  constructor(values: Record<string, unknown> = {}) {
    this.values = new Map(Object.entries(values));
  }

  get(name: string): unknown {
    return this.values.get(name);
  }

  set(name: string, value: unknown): void {
    this.update({ [name]: value });
  }

  /** Sets several values before anybody hears of one, so that listeners never see half of a change. */
  update(values: Record<string, unknown>): void {
    const changed = Object.keys(values).filter((name) => !same(this.values.get(name), values[name]));
    for (const name of changed) this.values.set(name, values[name]);
    for (const name of changed) for (const callback of [...(this.listeners.get(name) ?? [])]) callback();
  }

  commit(): void {}

  on(name: string, callback: () => void): () => void {
    const callbacks = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, callbacks.add(callback));
    return () => callbacks.delete(callback);
  }
}

/** Equal values must not fire, or two views of one store would call each other for ever. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A decoded payload as a store: choosing a sample swaps the arrays. */
export function explanationStore(decoded: Decoded): LocalStore {
  const arrays = (index: number): Record<string, unknown> => {
    const sample = decoded.samples[index] ?? decoded.samples[0];
    return {
      _picture: sample.picture,
      _relevance: sample.relevance,
      _shape: sample.shape,
      _caption: sample.caption,
    };
  };
  const asked = decoded.view.sample;
  const first = typeof asked === "number" && Number.isInteger(asked) && decoded.samples[asked] ? asked : 0;
  const store = new LocalStore({
    ...decoded.view,
    sample: first,
    _samples: decoded.samples.length,
    _channel_names: decoded.channelNames,
    ...arrays(first),
  });
  store.on("sample", () => store.update(arrays(Number(store.get("sample")))));
  return store;
}

/** The part of a widget model (anywidget's or ipywidgets') that a view uses. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, callback: (content: unknown, buffers: DataView[]) => void): void;
  off(event: string, callback: (content: unknown, buffers: DataView[]) => void): void;
  send(content: unknown): void;
}

export function modelStore(model: WidgetModel): Store {
  // Every ipywidgets model keeps its CSS under the key "layout".
  const wire = (name: string): string => (name === "layout" ? "_layout" : name);
  return {
    get: (name) => model.get(wire(name)),
    set: (name, value) => model.set(wire(name), value),
    commit: () => model.save_changes(),
    on: (name, callback) => {
      const event = `change:${wire(name)}`;
      model.on(event, callback);
      return () => model.off(event, callback);
    },
    send: (content) => model.send(content),
    hear: (callback) => {
      model.on("msg:custom", callback);
      return () => model.off("msg:custom", callback);
    },
  };
}
