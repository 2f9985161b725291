/**
 * The strip of inputs: a listbox of thumbnails, one page of them.
 *
 * State: index (chosen), first and page (what is shown), count, _thumbnails [{title, png}], _marks {"3": "wrong"}.
 * Keys: left, right, Home, End move the choice; Page Up and Page Down turn pages. Tab moves on.
 */
import { h } from "../dom";
import { widgetModule } from "../module";
import { shield } from "../shield";
import type { WidgetModel } from "../store";

interface Thumbnail {
  title: string;
  png: DataView | null;
}

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  const count = (): number => Number(model.get("count"));
  const chosen = (): number => Number(model.get("index"));
  const first = (): number => Number(model.get("first"));
  const page = (): number => Number(model.get("page"));
  const thumbnails = (): Thumbnail[] => model.get("_thumbnails") as Thumbnail[];
  const list = h("div", { class: "lrpw-strip-list", role: "listbox", "aria-label": "Inputs", tabindex: -1 });
  const before = pager("\u2039", "Previous inputs", -1);
  const after = pager("\u203a", "Next inputs", 1);
  const place = h("span", { class: "lrpw-strip-place", "aria-live": "polite" });
  const strip = h("div", { class: "lrpw-strip" });
  strip.append(before, list, after, place);
  el.append(strip);
  let urls: string[] = [];

  function pager(text: string, label: string, direction: number): HTMLButtonElement {
    const button = h("button", { class: "lrpw-strip-page", type: "button", title: label, "aria-label": label }, text);
    button.addEventListener("click", () => turn(direction));
    return button;
  }

  function turn(direction: number): void {
    const next = first() + direction * page();
    if (next < 0 || next >= count()) return;
    model.set("first", next);
    model.save_changes();
  }

  function choose(index: number): void {
    const inside = Math.max(0, Math.min(count() - 1, index));
    if (inside === chosen()) return;
    model.set("index", inside);
    model.save_changes();
  }

  function drawThumbnails(): void {
    const focused = list.contains(document.activeElement);
    for (const url of urls) URL.revokeObjectURL(url);
    urls = [];
    const start = first();
    list.replaceChildren(...thumbnails().map((thumbnail, i) => option(start + i, thumbnail)));
    const last = Math.min(count(), start + page());
    const paged = count() > page();
    before.hidden = after.hidden = place.hidden = !paged;
    before.disabled = start === 0;
    after.disabled = last === count();
    place.textContent = `${start + 1}\u2013${last} of ${count()}`;
    strip.hidden = count() < 2;
    update();
    if (focused) focus();
  }

  function focus(): void {
    list.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  function option(index: number, { title, png }: Thumbnail): HTMLElement {
    const element = h("div", { class: "lrpw-strip-input", role: "option", "data-index": index });
    if (png?.byteLength) {
      const url = URL.createObjectURL(new Blob([png as BlobPart], { type: "image/png" }));
      urls.push(url);
      element.append(h("img", { src: url, alt: "", draggable: "false" }));
    } else {
      element.textContent = title;
    }
    element.addEventListener("click", () => choose(index));
    return element;
  }

  /** What is chosen and what is marked, without touching the pictures. */
  function update(): void {
    const index = chosen();
    const marks = model.get("_marks") as Record<string, string>;
    const elements = [...list.children] as HTMLElement[];
    const visible = elements.some((element) => Number(element.dataset.index) === index);
    for (const [i, element] of elements.entries()) {
      const at = Number(element.dataset.index);
      const mark = marks[at];
      const picked = at === index;
      element.setAttribute("aria-selected", String(picked));
      element.tabIndex = picked || (!visible && at === first()) ? 0 : -1;
      element.classList.toggle("lrpw-wrong", mark === "wrong");
      const word = mark === "wrong" ? ", predicted wrong" : mark === "right" ? ", predicted right" : "";
      element.title = `${thumbnails()[i]?.title ?? ""}${word}`;
      element.setAttribute("aria-label", element.title);
      if (picked) reveal(element);
    }
  }

  /** Into sight within the strip; the notebook itself must not move. */
  function reveal(element: HTMLElement): void {
    const left = element.offsetLeft - list.offsetLeft;
    if (left < list.scrollLeft) list.scrollLeft = left;
    else if (left + element.offsetWidth > list.scrollLeft + list.clientWidth) {
      list.scrollLeft = left + element.offsetWidth - list.clientWidth;
    }
  }

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const index = chosen();
    if (Object.hasOwn(STEPS, event.key)) choose(index + STEPS[event.key]);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(count() - 1);
    else if (event.key === "PageUp") turn(-1);
    else if (event.key === "PageDown") turn(1);
    else if (event.key === "Enter" || event.key === " ") choose(Number((event.target as HTMLElement).dataset.index ?? index));
    else return;
    event.preventDefault();
    event.stopPropagation();
    focus();
  });
  // With the focus on a button of the workbench, which is Jupyter's own, "x" would cut the cell.
  const unshield = shield({ contains: (node) => (el.closest(".lrpw-explore") ?? el).contains(node) });

  const follow = (): void => {
    const focused = list.contains(document.activeElement);
    update();
    if (focused) focus();
  };
  const listeners: [string, () => void][] = [
    ["change:_thumbnails", drawThumbnails],
    ["change:index", follow],
    ["change:_marks", update],
  ];
  for (const [event, listener] of listeners) model.on(event, listener);
  drawThumbnails();
  return () => {
    unshield();
    for (const [event, listener] of listeners) model.off(event, listener);
    for (const url of urls) URL.revokeObjectURL(url);
  };
}

export default widgetModule(render);
