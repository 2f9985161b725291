/** What Python tells of the rules, read so that a missing part is an empty one. */
import type { Store } from "../store";
import type { Tree as MathTree } from "./equation";

export interface Layer {
  path: string;
  kind: string;
  shape: string;
  rule: string;
  weights: boolean;
  /** "first", "convolution" or "dense"; empty without weights. */
  group: string;
  legal: string[];
  data: Record<string, unknown> | null;
}

export interface Parameter {
  name: string;
  type: "float" | "bool" | "number or tensor";
  default: number | boolean;
  doc: string;
  low: number | null;
  above: boolean;
  tied: [name: string, difference: number] | null;
}

export interface Form {
  name: string;
  doc: string;
  parameters: Parameter[];
  equation: MathTree;
  source: string;
  note: string;
}

export interface Setup {
  preset: string;
  base: string | null;
  doc: string;
  presets: { name: string; doc: string }[];
  pooling: string;
  add: string;
  response: string;
  changes: { where: string; rule: string; data: Record<string, unknown> | null }[];
}

export interface Row {
  path: string;
  rule: string;
  incoming: number;
  outgoing: number;
  bias: number;
  stabilizer: number;
  stopped: number;
}

export interface Account {
  answer: number;
  start: number;
  end: number;
  samples: number;
  rows: Row[];
}

export interface Finding {
  topic: string;
  section: string;
  severity: string;
  where: string[];
  found: string;
  do: string;
}

export type Numbers = [value: number | null, low: number | null, high: number | null];

export interface Selection {
  running: boolean;
  stopped: boolean;
  part: number;
  done: number;
  total: number;
  given: boolean;
  patch: number | null;
  candidates: string[];
  ranking: { name: string; auc: Numbers; behind: Numbers; tied: boolean }[];
  refused: { name: string; why: string }[];
}

export const readLayers = (store: Store): Layer[] => list<Layer>(store.get("_layers"));
export const readForms = (store: Store): Form[] => list<Form>(store.get("_forms"));

export function readSetup(store: Store): Setup {
  const empty = { preset: "", base: null, doc: "", presets: [], pooling: "", add: "", response: "", changes: [] };
  return { ...empty, ...object(store.get("_preset")) };
}

/** null before there is a ledger, and for methods that have none. */
export function readAccount(store: Store): Account | null {
  const found = object(store.get("_account")) as Partial<Account>;
  return found.rows?.length ? (found as Account) : null;
}

export function readSelection(store: Store): Selection {
  const empty = { running: false, stopped: false, part: 0, done: 0, total: 0, given: false, patch: null };
  return { ...empty, candidates: [], ranking: [], refused: [], ...object(store.get("_selection")) };
}

export function readAdvice(store: Store): Finding[] | null {
  const found = store.get("_advice");
  return Array.isArray(found) ? (found as Finding[]) : null;
}

/** The part of the score that arrived at each layer; of several rows the first, which is the upper one. */
export function shares(account: Account | null): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of account?.rows ?? []) {
    if (account?.start && !found.has(row.path)) found.set(row.path, row.incoming / account.start);
  }
  return found;
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
