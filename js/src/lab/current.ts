/** The explanation that a person last touched: what palette commands act on, and what the side panel shows. */
import { Signal } from "@lumino/signaling";
import type { Widget } from "@lumino/widgets";

import { OUTPUT_CLASS } from "./names";

export class Current<T extends Widget> {
  private readonly attached = new Map<Element, T>();
  private last: T | null = null;
  /** Another one was clicked or focused. */
  readonly changed = new Signal<this, T>(this);
  /** One came onto the page, or was given something else to show. */
  readonly appeared = new Signal<this, T>(this);

  /** The last that was touched; before any was, the one that came last. */
  get output(): T | null {
    if (this.last && !this.last.isDisposed) return this.last;
    return [...this.attached.values()].pop() ?? null;
  }

  add(output: T): void {
    if (!this.attached.size) for (const type of EVENTS) document.addEventListener(type, this.onTouch, true);
    this.attached.set(output.node, output);
  }

  remove(output: T): void {
    this.attached.delete(output.node);
    if (!this.attached.size) for (const type of EVENTS) document.removeEventListener(type, this.onTouch, true);
  }

  /** The first attached one that fits. */
  find(fits: (output: T) => boolean): T | null {
    return [...this.attached.values()].find(fits) ?? null;
  }

  /** The attached one that an element belongs to. */
  around(element: Element | null): T | null {
    const node = element?.closest(`.${OUTPUT_CLASS}`);
    return (node && this.attached.get(node)) ?? null;
  }

  private readonly onTouch = (event: Event): void => {
    const output = event.target instanceof Element ? this.around(event.target) : null;
    if (!output || output === this.last) return;
    this.last = output;
    this.changed.emit(output);
  };
}

const EVENTS = ["pointerdown", "focusin"] as const;
