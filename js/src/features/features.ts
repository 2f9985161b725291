/** The strongest features of a sample as a list of bars: a click or the arrow keys choose one. */
import { lut } from "../colour";
import { button, h, menu, uniqueId, write } from "../dom";
import { percent, signed } from "../format";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { bars, moved, readRows, type Row } from "./rows";
import { FEATURES } from "./style";

const SHOWN = ["cursor", "sample", "grouping", "most", "status", "error", "progress", "_rows", "_caption", "_samples", "_groupings", "_features", "_cmap"];
const MOST = [5, 10, 15, 25, 50, 100, 200];
/** Where in a colour map the two colours of bars are, as in render/features_figure.py. */
const FOR = 230;
const AGAINST = 24;

const css = (colour: number): string => `rgb(${colour & 255}, ${(colour >> 8) & 255}, ${(colour >> 16) & 255})`;
const text = (value: unknown): string => (typeof value === "string" ? value : "");

export function mountFeatures(el: HTMLElement, store: Store): () => void {
  const root = h("div", { class: "lrpw-view lrpw-features" });
  const status = new Status(root, store);
  const caption = h("div", { class: "lrpw-features-caption" });
  const before = button("\u2039", "Previous sample (Page Up)", () => turn(-1));
  const after = button("\u203a", "Next sample (Page Down)", () => turn(1));
  const place = h("span", { "aria-live": "polite" });
  const samples = h("div", { class: "lrpw-row" }, before, place, after);
  const groupings = menu("groups", "How features are grouped in the pies", (value) => set("grouping", value));
  const most = menu("bars", "How many features have a bar of their own", (value) => set("most", Number(value)));
  const list = h("div", { class: "lrpw-features-list", role: "listbox", tabindex: 0, "aria-label": "Features, the strongest first" });
  const others = h("div");
  const words = h("div", { class: "lrpw-features-words lrpw-muted", "aria-live": "polite" });
  root.append(status.progress, h("div", { class: "lrpw-features-head" }, caption, samples, groupings.element, most.element), list, others, words, status.element);
  let drawn = "";
  let hovered: string | null = null;

  const cursor = (): string | null => {
    const value = store.get("cursor");
    return typeof value === "string" ? value : null;
  };
  const count = (name: string): number => Number(store.get(name)) || 0;

  function set(name: string, value: unknown): void {
    store.set(name, value);
    store.commit();
  }

  function turn(step: number): void {
    const to = count("sample") + step;
    if (to >= 0 && to < count("_samples")) set("sample", to);
  }

  function line(row: Row, bar: { zero: number; left: number; width: number }, colours: Uint32Array): HTMLElement {
    const piece = h("i");
    piece.style.cssText = `left: ${bar.left}%; width: ${bar.width}%; background: ${css(colours[row.relevance > 0 ? FOR : AGAINST])}`;
    const axis = h("b");
    axis.style.left = `${bar.zero}%`;
    const name = h("span", { class: row.key === null ? "lrpw-muted" : "", title: row.name }, row.name);
    const element = h(
      "div",
      { class: "lrpw-feature" },
      name,
      h("span", { class: "lrpw-feature-value", title: row.value }, row.value),
      h("div", { class: "lrpw-feature-track", "aria-hidden": "true" }, piece, axis),
      h("span", { class: "lrpw-feature-number" }, signed(row.relevance)),
    );
    if (row.key !== null) {
      const key = row.key;
      element.id = uniqueId();
      element.dataset.feature = key;
      element.setAttribute("role", "option");
      element.addEventListener("click", () => set("cursor", cursor() === key ? null : key));
      element.addEventListener("pointerenter", () => say(key));
      element.addEventListener("pointerleave", () => say(null));
    }
    return element;
  }

  function say(key: string | null): void {
    hovered = key;
    const rows = readRows(store.get("_rows"));
    const shown = hovered ?? cursor();
    const row = shown === null ? undefined : rows.find((one) => one.key === shown);
    const total = rows.reduce((sum, { relevance }) => sum + relevance, 0);
    const share = total ? `, ${percent((row?.relevance ?? 0) / total)} of sum R` : "";
    if (row) write(words, `${row.name} ${row.value}: R ${signed(row.relevance, 4)}${share}`);
    else write(words, shown === null ? "Click on a feature, or choose one with the arrow keys." : `${shown} has no bar of its own in this sample.`);
  }

  function draw(): void {
    const rows = readRows(store.get("_rows"));
    const cmap = text(store.get("_cmap"));
    const key = JSON.stringify([rows, cmap]);
    if (key !== drawn) {
      const colours = lut(cmap);
      const placed = bars(rows);
      const elements = rows.map((row, i) => line(row, placed[i], colours));
      list.replaceChildren(...elements.filter((_, i) => rows[i].key !== null));
      others.replaceChildren(...elements.filter((_, i) => rows[i].key === null));
      drawn = key;
    }
    let active = "";
    for (const element of list.children as HTMLCollectionOf<HTMLElement>) {
      const picked = element.dataset.feature === cursor();
      element.setAttribute("aria-selected", String(picked));
      if (picked) active = element.id;
    }
    if (active) list.setAttribute("aria-activedescendant", active);
    else list.removeAttribute("aria-activedescendant");
    const several = count("_samples") > 1;
    samples.hidden = !several;
    write(place, `sample ${count("sample")} of 0..${count("_samples") - 1}`);
    before.disabled = count("sample") === 0;
    after.disabled = count("sample") >= count("_samples") - 1;
    const known = Array.isArray(store.get("_groupings")) ? (store.get("_groupings") as unknown[]).map(text) : [];
    groupings.update(text(store.get("grouping")), known.map((name) => ({ value: name, label: name })));
    groupings.element.hidden = known.length < 2;
    const now = count("most");
    const sizes = [...new Set([...MOST.filter((size) => size < count("_features")), now])].sort((a, b) => a - b);
    most.update(String(now), sizes.map((size) => ({ value: String(size), label: String(size) })));
    write(caption, text(store.get("_caption")));
    status.update("", rows.length > 0, "Nothing to show yet.");
    say(hovered);
    root.dataset.ready = String(Number(root.dataset.ready ?? 0) + 1);
  }

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const keys = readRows(store.get("_rows")).flatMap(({ key }) => (key === null ? [] : [key]));
    if (event.key === "PageUp" || event.key === "PageDown") turn(event.key === "PageUp" ? -1 : 1);
    else {
      const to = moved(keys, cursor(), event.key);
      if (to === undefined) return;
      if (to !== cursor()) set("cursor", to);
    }
    event.preventDefault();
    event.stopPropagation();
  });

  el.append(root);
  adoptStyle(el, FEATURES);
  const unshield = shield(root);
  const redraw = new Redraw(root, store, SHOWN, draw);
  return () => {
    redraw.dispose();
    unshield();
    status.dispose();
    root.remove();
  };
}
