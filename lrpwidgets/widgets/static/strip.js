/**
 * The strip of inputs: a listbox of thumbnails, one page of them.
 *
 * State: index (chosen), first and page (what is shown), count, _thumbnails [{title, png}], _marks {"3": "wrong"}.
 * Keys: left, right, Home, End move the choice; Page Up and Page Down turn pages. Tab moves on.
 */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

function render({ model, el }) {
  const list = make("div", { class: "lrpw-strip-list", role: "listbox", "aria-label": "Inputs", tabindex: "-1" });
  const before = pager("\u2039", "Previous inputs", -1);
  const after = pager("\u203a", "Next inputs", 1);
  const place = make("span", { class: "lrpw-strip-place", "aria-live": "polite" });
  const strip = make("div", { class: "lrpw-strip" });
  strip.append(before, list, after, place);
  el.append(strip);
  let urls = [];

  function pager(text, label, direction) {
    const button = make("button", { class: "lrpw-strip-page", type: "button", title: label, "aria-label": label });
    button.textContent = text;
    button.addEventListener("click", () => turn(direction));
    return button;
  }

  function turn(direction) {
    const first = model.get("first") + direction * model.get("page");
    if (first < 0 || first >= model.get("count")) return;
    model.set("first", first);
    model.save_changes();
  }

  function choose(index) {
    const inside = Math.max(0, Math.min(model.get("count") - 1, index));
    if (inside === model.get("index")) return;
    model.set("index", inside);
    model.save_changes();
  }

  function drawThumbnails() {
    const focused = list.contains(document.activeElement);
    for (const url of urls) URL.revokeObjectURL(url);
    urls = [];
    const first = model.get("first");
    list.replaceChildren(...model.get("_thumbnails").map((thumbnail, i) => option(first + i, thumbnail)));
    const last = Math.min(model.get("count"), first + model.get("page"));
    const paged = model.get("count") > model.get("page");
    before.hidden = after.hidden = place.hidden = !paged;
    before.disabled = first === 0;
    after.disabled = last === model.get("count");
    place.textContent = `${first + 1}\u2013${last} of ${model.get("count")}`;
    strip.hidden = model.get("count") < 2;
    update();
    if (focused) list.querySelector('[tabindex="0"]')?.focus();
  }

  function option(index, { title, png }) {
    const element = make("div", { class: "lrpw-strip-input", role: "option", "data-index": String(index) });
    if (png?.byteLength) {
      const url = URL.createObjectURL(new Blob([png], { type: "image/png" }));
      urls.push(url);
      element.append(make("img", { src: url, alt: "", draggable: "false" }));
    } else {
      element.textContent = title;
    }
    element.addEventListener("click", () => choose(index));
    return element;
  }

  /** What is chosen and what is marked, without touching the pictures. */
  function update() {
    const index = model.get("index");
    const first = model.get("first");
    const thumbnails = model.get("_thumbnails");
    const marks = model.get("_marks");
    const visible = [...list.children].some((element) => Number(element.dataset.index) === index);
    for (const [i, element] of [...list.children].entries()) {
      const at = Number(element.dataset.index);
      const mark = marks[at];
      const chosen = at === index;
      element.setAttribute("aria-selected", String(chosen));
      element.tabIndex = chosen || (!visible && at === first) ? 0 : -1;
      element.classList.toggle("lrpw-wrong", mark === "wrong");
      const word = mark === "wrong" ? ", predicted wrong" : mark === "right" ? ", predicted right" : "";
      element.title = `${thumbnails[i]?.title ?? ""}${word}`;
      element.setAttribute("aria-label", element.title);
      if (chosen) reveal(element);
    }
  }

  /** Into sight within the strip; the notebook itself must not move. */
  function reveal(element) {
    const left = element.offsetLeft - list.offsetLeft;
    if (left < list.scrollLeft) list.scrollLeft = left;
    else if (left + element.offsetWidth > list.scrollLeft + list.clientWidth) {
      list.scrollLeft = left + element.offsetWidth - list.clientWidth;
    }
  }

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const index = model.get("index");
    if (event.key in STEPS) choose(index + STEPS[event.key]);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(model.get("count") - 1);
    else if (event.key === "PageUp") turn(-1);
    else if (event.key === "PageDown") turn(1);
    else if (event.key === "Enter" || event.key === " ") choose(Number(event.target.dataset.index ?? index));
    else return;
    event.preventDefault();
    event.stopPropagation();
    list.querySelector('[tabindex="0"]')?.focus();
  });
  // JupyterLab's shortcuts leave alone what carries this attribute; without it an arrow would leave the cell.
  list.setAttribute("data-lm-suppress-shortcuts", "");

  const chosen = () => {
    const focused = list.contains(document.activeElement);
    update();
    if (focused) list.querySelector('[tabindex="0"]')?.focus();
  };
  const listeners = [["change:_thumbnails", drawThumbnails], ["change:index", chosen], ["change:_marks", update]];
  for (const [event, listener] of listeners) model.on(event, listener);
  drawThumbnails();
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    for (const url of urls) URL.revokeObjectURL(url);
  };
}

function make(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export default { render };
