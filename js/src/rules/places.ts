/** Where a rule can be set: the chosen layers, what they lie in, their group, or a pattern of one's own. */
import { matcher } from "./pattern";
import type { Form, Layer, Parameter } from "./wire";

export interface Place {
  value: string;
  label: string;
  /** What Python is told: paths, patterns or a group. */
  where: string[];
  legal: string[];
}

export const PATTERN = "pattern";
const GROUPS: Record<string, [string, string]> = {
  first: ["first", "the first layer"],
  convolution: ["convolutions", "convolutions"],
  dense: ["dense", "dense layers"],
};
const FIRST = ["ZBox", "WSquare", "Flat"];

export function places(layers: readonly Layer[], chosen: readonly string[], rules: readonly string[]): Place[] {
  const hidden = rules.filter((name) => !FIRST.includes(name) && name !== "Pass");
  const found: Place[] = [];
  const picked = layers.filter((layer) => chosen.includes(layer.path));
  const lead = picked.find((layer) => layer.path === chosen[0]) ?? picked[0];
  const only = picked.length < 2;
  if (picked.length > 1) {
    const common = rules.filter((name) => picked.every((layer) => layer.legal.includes(name)));
    found.push({ value: "picked", label: `the ${picked.length} chosen layers`, where: picked.map(({ path }) => path), legal: common });
  }
  const path = lead?.path ?? chosen[0] ?? "";
  const within = (pattern: string): Layer[] => layers.filter((layer) => layer.weights && matcher(pattern)(layer.path));
  const around = (pattern: string): void => {
    const many = within(pattern);
    if (!many.length || found.some((place) => place.where[0] === pattern)) return;
    const first = many.every((layer) => layer.group === "first");
    found.push({ value: pattern, label: `${pattern} (${counted(many.length)})`, where: [pattern], legal: first ? [...hidden, ...FIRST] : hidden });
  };
  if (!lead || (only && !lead.weights)) around(`${path}.*`); // a container: what is in it
  if (lead && only && lead.legal.length) found.push({ value: path, label: path || "(model)", where: [path], legal: lead.legal });
  for (let end = path.lastIndexOf("."); end > 0; end = path.lastIndexOf(".", end - 1)) around(`${path.slice(0, end)}.*`);
  for (const [group, [name, label]] of Object.entries(GROUPS)) {
    const many = layers.filter((layer) => layer.group === group || (group !== "first" && layer.group === "first"));
    if (layers.some((layer) => layer.group === group) || (group === "first" && many.length)) {
      found.push({ value: name, label: `${label} (rule of the preset)`, where: [name], legal: group === "first" ? [...hidden, ...FIRST] : hidden });
    }
  }
  around("*");
  found.push({ value: PATTERN, label: "a pattern \u2026", where: [], legal: [...rules] });
  return found;
}

export function counted(layers: number): string {
  return `${layers} layer${layers === 1 ? "" : "s"}`;
}

/** Which layers a pattern reaches, and which of them keep a rule of a more specific entry. */
export function reach(layers: readonly Layer[], pattern: string, changes: readonly { where: string }[]): string {
  const matches = matcher(pattern);
  const found = layers.filter((layer) => layer.weights && matches(layer.path));
  const literal = (text: string): number => text.replace(/[*?[\]]/g, "").length;
  const own = found.filter((layer) =>
    changes.some(({ where }) => where !== pattern && matcher(where)(layer.path) && literal(where) > literal(pattern)),
  );
  const kept = own.length ? `; ${own.slice(0, 3).map(({ path }) => path).join(", ")}${own.length > 3 ? " \u2026" : ""} keep${own.length === 1 ? "s its" : " their"} own rule` : "";
  return `${counted(found.length)} with weights${kept}`;
}

/** What is wrong with a number that was typed; empty if nothing is. */
export function fault(parameter: Parameter, value: number): string {
  if (!Number.isFinite(value)) return `${parameter.name} must be a number`;
  if (parameter.low === null) return "";
  if (parameter.above && value <= parameter.low) return `${parameter.name} must be above ${parameter.low}`;
  return value < parameter.low ? `${parameter.name} must be at least ${parameter.low}` : "";
}

/** The values after one of them was set: a parameter that is tied to it follows. */
export function withTied(form: Form, values: Record<string, number | boolean>, name: string): Record<string, number | boolean> {
  const set = values[name];
  const follower = form.parameters.find((each) => each.tied?.[0] === name);
  if (!follower?.tied || typeof set !== "number") return values;
  const value = Number((set + follower.tied[1]).toPrecision(12));
  return { ...values, [follower.name]: value };
}
