/** One line drawing a tool, 16 by 16. */
import type { Tool } from "./strokes";

const PATHS: Record<Tool, string> = {
  pan: "M8 1v14M1 8h14M6 3l2-2 2 2M6 13l2 2 2-2M3 6L1 8l2 2M13 6l2 2-2 2",
  rectangle: "M2 3.5h12v9H2z",
  ellipse: "M8 3.5c4 0 6.5 2 6.5 4.5S12 12.5 8 12.5 1.5 10.5 1.5 8 4 3.5 8 3.5z",
  polygon: "M3 13L2 5l6-3 6 5-3 6z",
  lasso: "M5 15c-1.5-1.5.5-2.5.5-4M5.5 11C2 10.5 1 7 3 5s8-4 11-1-1.5 8-8.5 7z",
  brush: "M14.5 1.5L8 8M8 8C5 8 6 12 2 13c4 2 8 0 8-3z",
  eraser: "M6 13L2 9l7-7 5 5-6 6zM5.5 5.5l5 5M6 13h8.5",
  superpixel: "M2 2h12v12H2zM2 7l4-1 3-4M6 6l1 4 7-2M7 10l-2 4M7 10l4 4",
};

export function icon(tool: Tool): SVGElement {
  const svg = vector("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "lrpw-icon" });
  svg.append(vector("path", { d: PATHS[tool] }));
  return svg;
}

/** An element of a drawing. */
export function vector<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
