/** The drawing as a view's store has it: read when somebody sets it, written when a hand changes it, undone and redone. */
import type { Size } from "../geometry";
import type { Store } from "../store";
import { recoloured } from "./drawing";
import { type Drawing, History } from "./history";
import { holds, type Runs } from "./runs";
import { type Point, rasterise, readRegions } from "./shapes";

/** What of the store is the drawing. */
const NAMES = ["regions", "region"];

export class Board {
  private readonly history = new History();
  private drawing: Drawing = { regions: [], chosen: null };
  private pixels: Runs[] = [];
  /** Size and regions as text: what tells a change of somebody else's from one that was written here. */
  private written = "";
  private unread = true;
  private beforeColour: Drawing | null = null;
  readonly undo: (() => void)[];

  /** `size` of the picture, width 0 while there is none; `changed` hears of everything that was written. */
  constructor(
    private readonly store: Store,
    private readonly size: () => Size,
    private readonly changed: (committed: boolean) => void,
  ) {
    this.undo = NAMES.map((name) => store.on(name, () => void (this.unread = true)));
  }

  /** The regions as they stand. */
  get now(): Drawing {
    this.read();
    return this.drawing;
  }

  /** The pixels of each of them. */
  get runs(): readonly Runs[] {
    this.read();
    return this.pixels;
  }

  /** The pixels of the chosen one. */
  get chosen(): Runs | null {
    const at = this.now.regions.findIndex((region) => region.name === this.drawing.chosen);
    return at < 0 ? null : this.pixels[at];
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  /** The uppermost region that holds a point. */
  under([row, column]: Point): string | null {
    const { width, height } = this.size();
    const pixel = Math.min(Math.floor(row), height - 1) * width + Math.min(Math.floor(column), width - 1);
    return this.now.regions.filter((_, i) => holds(this.pixels[i], pixel)).at(-1)?.name ?? null;
  }

  /** The pixels of a drawing that is much like the present one. */
  rasterise({ regions }: Drawing): Runs[] {
    const known = new Map(this.now.regions.map((region, i) => [region.shape, this.pixels[i]]));
    return regions.map(({ shape }) => known.get(shape) ?? rasterise(shape, this.size()));
  }

  /** The picture is another one: what lies on it must be looked at again. */
  reread(): void {
    this.unread = true;
  }

  /** Reads the regions where somebody else has set them; what was there can be had back. */
  private read(): void {
    const size = this.size();
    if (!this.unread || !size.width) return;
    this.unread = false;
    const regions = readRegions(this.store.get("regions"), size);
    const name = this.store.get("region");
    const written = text(size, regions);
    if (written !== this.written) {
      if (this.written.startsWith(sizeText(size))) this.history.record(this.drawing);
      else this.history.clear();
      this.pixels = regions.map((region) => rasterise(region.shape, size));
      this.written = written;
    }
    this.drawing = { regions, chosen: regions.find((region) => region.name === name)?.name ?? null };
  }

  /** Makes a drawing the current one, here and in the kernel, and remembers the one before. */
  change(next: Drawing): void {
    if (next === this.now) return;
    this.history.record(this.drawing);
    this.put(next, true);
  }

  /** True if there was something to go back, or forward, to. */
  step(which: "undo" | "redo"): boolean {
    const found = this.history[which](this.now);
    if (found) this.put(found, true);
    return found !== null;
  }

  choose(name: string | null): boolean {
    if (this.now.chosen === name) return false;
    this.put({ ...this.drawing, chosen: name }, true);
    return true;
  }

  /** Colours change under the hand; only the last one is an event. */
  recolour(name: string, colour: string, done: boolean): void {
    this.beforeColour ??= this.now;
    if (done) {
      this.history.record(this.beforeColour);
      this.beforeColour = null;
    }
    this.put(recoloured(this.now, name, colour), done);
  }

  private put(next: Drawing, commit: boolean): void {
    this.pixels = this.rasterise(next);
    this.drawing = next;
    this.written = text(this.size(), next.regions);
    this.store.set("regions", next.regions);
    this.store.set("region", next.chosen);
    this.unread = false;
    this.changed(commit);
  }
}

function sizeText({ width, height }: Size): string {
  return `${width} x ${height} `;
}

function text(size: Size, regions: Drawing["regions"]): string {
  return sizeText(size) + JSON.stringify(regions);
}
