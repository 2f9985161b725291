/** The elements over the canvas of the layer graph: nodes to choose, edges to point at. The canvas below is a picture. */
import { h, uniqueId } from "../dom";
import { Help } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { OWN_CSS } from "./style";
import { step, type Box, type Edge } from "./walk";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = { ink: "text", quiet: "quiet", surface: "surface", line: "line", accent: "accent" };
const NAMES = ["_boxes", "_edges", "_size", "_zoom", "_chosen", "status", "progress", "error"];
const KEYS = [
  ["\u2191 \u2193", "Along the widest edge, towards the output or the input"],
  ["\u2190 \u2192", "To the branch beside"],
  ["Home, End", "To the output, to the input"],
  ["Enter", "Choose the layer"],
  ["Space", "Open or close the module"],
  ["?", "This table"],
] as const;

export function mountGraph(el: HTMLElement, store: Store): () => void {
  adoptStyle(el, OWN_CSS);
  el.classList.add("lrpw-graph-layer");
  const root = h("div", { class: "lrpw-view lrpw-graph" });
  const list = h("div", { class: "lrpw-graph-nodes", role: "listbox", "aria-label": "Layers, from the output down", tabindex: 0 });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "lrpw-graph-edges");
  svg.setAttribute("aria-hidden", "true");
  const help = new Help(KEYS);
  const status = new Status(root, store);
  root.append(status.progress, svg, list, status.element, help.element);
  el.append(root);

  let active = "";
  let revealed = "";
  let drawn: unknown[] = [];
  let options = new Map<string, HTMLElement>();
  const boxes = (): Box[] => (store.get("_boxes") as Box[] | undefined) ?? [];
  const edges = (): Edge[] => (store.get("_edges") as Edge[] | undefined) ?? [];
  const chosen = (): string => String(store.get("_chosen") ?? "");
  const zoom = (): number => Number(store.get("_zoom")) || 1;

  function build(): void {
    const state = [store.get("_boxes"), store.get("_edges"), zoom()];
    if (state.every((value, at) => value === drawn[at])) return;
    drawn = state;
    options = new Map(boxes().map((box) => [box.name, option(box)]));
    list.replaceChildren(...options.values());
    svg.replaceChildren(...edges().map(line));
    const [width, height] = store.get("_size") as number[];
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (!options.has(active)) active = options.has(chosen()) ? chosen() : (boxes()[0]?.name ?? "");
  }

  function option(box: Box): HTMLElement {
    const id = uniqueId();
    const element = h("div", { id, class: "lrpw-graph-node", role: "option", title: box.text, "aria-label": box.text, "data-node": box.name });
    for (const [name, value] of Object.entries({ left: box.x, top: box.y, width: box.width, height: box.height })) {
      element.style.setProperty(name, `${value * zoom()}px`);
    }
    element.addEventListener("click", (event) => {
      active = box.name;
      say(event.detail > 1 ? "toggle" : "choose", box.name);
      mark();
    });
    return element;
  }

  function line(edge: Edge): SVGElement {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", edge.path);
    path.setAttribute("stroke-width", String(Math.max(10, edge.width)));
    const title = document.createElementNS(SVG, "title");
    title.textContent = edge.text;
    path.append(title);
    return path;
  }

  /** Scrolls the graph, and not the page, to the chosen node when it has changed. */
  function reveal(): void {
    const stage = root.closest(".lrpw-graph-stage");
    const place = options.get(chosen());
    if (!stage || !place || chosen() === revealed) return;
    revealed = chosen();
    const { top, bottom } = place.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) stage.scrollTop += (top + bottom) / 2 - (frame.top + frame.bottom) / 2;
  }

  function mark(): void {
    for (const [name, element] of options) {
      element.classList.toggle("lrpw-graph-active", name === active);
      element.setAttribute("aria-selected", String(name === chosen()));
    }
    const element = options.get(active);
    if (element) list.setAttribute("aria-activedescendant", element.id);
    else list.removeAttribute("aria-activedescendant");
  }

  function say(kind: string, name: string): void {
    store.send?.({ kind, name });
  }

  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (help.open) {
      if (event.key === "Escape" || event.key === "?") help.close();
      else return;
    } else if (event.key === "?") help.toggle();
    else if (event.key === "Enter" && !event.shiftKey) say("choose", active);
    else if (event.key === " ") say("toggle", active);
    else {
      const next = step(boxes(), edges(), active, event.key);
      if (next === null) return;
      active = next;
      mark();
      options.get(active)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function draw(): void {
    build();
    mark();
    reveal();
    status.update("", boxes().length > 0, "There is no graph yet.");
    tellScreen();
  }

  // The canvas is drawn by Python: it is told the colours of the theme and the density of the screen.
  const probe = h("span", { hidden: true });
  root.append(probe);
  let told = "";
  function tellScreen(): void {
    const colours: Record<string, string> = {};
    for (const [name, variable] of Object.entries(COLOURS)) {
      probe.style.color = `var(--lrpw-${variable})`;
      colours[name] = getComputedStyle(probe).color;
    }
    const screen = { kind: "screen", ratio: window.devicePixelRatio, colours };
    if (JSON.stringify(screen) === told) return;
    told = JSON.stringify(screen);
    store.send?.(screen);
  }

  root.addEventListener("keydown", onKey);
  // The buttons beside the picture are Jupyter's own: with the focus on one, "x" would cut the cell.
  const unshield = shield({ contains: (node) => (root.closest(".lrpw-graph-view") ?? root).contains(node) });
  const redraw = new Redraw(root, store, NAMES, draw);
  const themes = new MutationObserver(() => redraw.request());
  themes.observe(document.body, { attributes: true });
  themes.observe(document.documentElement, { attributes: true });
  // A theme's style sheet may arrive after its name.
  const late = (): void => redraw.request();
  document.addEventListener("load", late, true);
  return () => {
    document.removeEventListener("load", late, true);
    themes.disconnect();
    redraw.dispose();
    unshield();
    status.dispose();
    root.remove();
  };
}
