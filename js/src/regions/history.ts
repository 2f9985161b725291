/** What was drawn before, and what was taken back. */
import type { Region } from "./shapes";

const DEEPEST = 200;

/** Regions and the name of the chosen one. */
export interface Drawing {
  regions: readonly Region[];
  chosen: string | null;
}

export class History {
  private readonly past: Drawing[] = [];
  private future: Drawing[] = [];

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** Remembers what was there before a change. */
  record(before: Drawing): void {
    this.past.push(before);
    if (this.past.length > DEEPEST) this.past.shift();
    this.future = [];
  }

  undo(now: Drawing): Drawing | null {
    return move(this.past, this.future, now);
  }

  redo(now: Drawing): Drawing | null {
    return move(this.future, this.past, now);
  }

  clear(): void {
    this.past.length = 0;
    this.future = [];
  }
}

function move(from: Drawing[], to: Drawing[], now: Drawing): Drawing | null {
  const found = from.pop();
  if (!found) return null;
  to.push(now);
  return found;
}
