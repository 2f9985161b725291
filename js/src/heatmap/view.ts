/** What the parts of a view see of it. */
import type { Cursor, Options } from "./options";
import type { Painter } from "./painter";
import type { Store } from "../store";

/** When a change goes to the kernel: at once, when the hand rests, or never (hovering). */
export type Commit = "now" | "soon" | "never";

export interface View {
  readonly store: Store;
  readonly root: HTMLElement;
  readonly options: Options;
  /** null while there is nothing to show. */
  readonly painter: Painter | null;
  set(values: Partial<Options>, commit: Commit): void;
  commit(): void;
  /** Shows a cursor while the pointer is over the picture; null when it left, and the pinned one comes back. */
  hover(cursor: Cursor | null): void;
  pin(cursor: Cursor | null): void;
  /** Says it to screen readers once things are quiet. */
  announce(text: string): void;
}
