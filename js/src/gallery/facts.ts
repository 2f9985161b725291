/** What the kernel told of inputs, and their pictures: as many as were looked at last. */
import { plain } from "../format";

export interface Facts {
  index: number;
  title: string;
  truth: string | null;
  predicted: string | null;
  wrong: boolean;
  failure: string;
  numbers: Record<string, number>;
}

/** Pictures that are kept; of 10 kB each they take 20 MB. */
const KEPT = 2000;

export class Known {
  private readonly facts = new Map<number, Facts>();
  private readonly urls = new Map<number, string>(); // "": there is no picture; oldest first

  get(index: number): Facts | undefined {
    return this.facts.get(index);
  }

  /** The address of a picture, "" where there is none to show, undefined where nobody knows yet. */
  picture(index: number): string | undefined {
    const url = this.urls.get(index);
    if (url !== undefined) {
      this.urls.delete(index);
      this.urls.set(index, url);
    }
    return url;
  }

  has(index: number): boolean {
    return this.urls.has(index);
  }

  /** Takes in a message; what is no message of ours is left alone. */
  hear(content: unknown, buffers: readonly DataView[]): boolean {
    const { kind, tiles } = (content ?? {}) as { kind?: unknown; tiles?: unknown };
    if (kind !== "tiles" || !Array.isArray(tiles)) return false;
    for (const tile of tiles as (Facts & { picture?: number })[]) {
      this.facts.set(tile.index, tile);
      if (tile.picture === undefined) continue;
      const png = buffers[tile.picture];
      this.forget(tile.index);
      this.urls.set(tile.index, png ? URL.createObjectURL(new Blob([png as BlobPart], { type: "image/png" })) : "");
    }
    for (const index of this.urls.keys()) {
      if (this.urls.size <= KEPT) break;
      this.forget(index);
    }
    return true;
  }

  clear(): void {
    for (const index of [...this.urls.keys()]) this.forget(index);
  }

  private forget(index: number): void {
    const url = this.urls.get(index);
    if (url) URL.revokeObjectURL(url);
    this.urls.delete(index);
  }
}

/** The line under a picture: the class, or what it is and what it was taken for. */
export function verdict(facts: Facts): string {
  if (facts.failure) return facts.failure;
  if (facts.wrong) return `${facts.truth} \u2192 ${facts.predicted}`;
  return facts.predicted ?? facts.truth ?? "";
}

/** The number by which one sorts; the margin where that is none. */
export function measured(facts: Facts, sort: string): string {
  const name = Object.hasOwn(facts.numbers, sort) ? sort : "margin";
  const value = facts.numbers[name];
  return value === undefined ? "" : `${name} ${plain(value, Math.abs(value) < 0.01 ? 2 : 3)}`;
}

/** The tile in a sentence, for who hears it. */
export function spoken(facts: Facts, sort: string): string {
  const parts = [facts.title];
  if (facts.truth !== null) parts.push(`true ${facts.truth}`);
  if (facts.predicted !== null) parts.push(`predicted ${facts.predicted}`);
  if (facts.wrong) parts.push("wrong");
  if (facts.failure) parts.push(facts.failure);
  const number = measured(facts, sort);
  return [...parts, ...(number ? [number] : [])].join(", ");
}
