/** What a widget stands in, found by what the ancestors offer, so that no host's package is imported. */
import type { Widget } from "@lumino/widgets";

/** The nearest ancestor that has `name`, and something in it. */
export function ancestorWith<T>(widget: Widget, name: string): (Widget & T) | null {
  for (let at: Widget | null = widget.parent; at; at = at.parent) {
    if (name in at && property(at, name)) return at as Widget & T;
  }
  return null;
}

export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
