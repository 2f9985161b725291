/** Elements and the few kinds of control that the view is made of. Text is always set as text. */

type Attributes = Record<string, string | number | boolean>;

/** An element; an attribute that is true is set without a value, one that is false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** Writes only what differs, so that an open menu or a screen reader is not disturbed. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export interface Choice {
  value: string;
  label: string;
}

// A page can hold this code several times: the widget's bundle beside the labextension's. Each counts for itself.
const bundle = Math.random().toString(36).slice(2);
let made = 0;

/** A name for one control of one view, unlike any other on the page. */
export function uniqueId(): string {
  return `lrpw-${bundle}-${++made}`;
}

function row(id: string | null, label: string, title: string, ...content: Node[]): HTMLElement {
  const name = id ? h("label", { class: "lrpw-label", for: id }, label) : h("span", { class: "lrpw-label" }, label);
  return h("div", { class: "lrpw-row", title }, name, ...content);
}

export function menu(label: string, title: string, choose: (value: string) => void) {
  const id = uniqueId();
  const select = h("select", { id, class: "lrpw-select" });
  select.addEventListener("change", () => choose(select.value));
  let listed = "";
  return {
    element: row(id, label, title, select),
    update(value: string, choices: readonly Choice[]): void {
      const list = JSON.stringify(choices);
      if (list !== listed) {
        select.replaceChildren(...choices.map((choice) => h("option", { value: choice.value }, choice.label)));
        listed = list;
      }
      if (select.value !== value) select.value = value;
    },
  };
}

/** A slider over 0..1; `slide` runs while it moves, `settle` once it is let go. */
export function slider(label: string, title: string, slide: (position: number) => void, settle: () => void) {
  const id = uniqueId();
  const input = h("input", { id, class: "lrpw-slider", type: "range", min: 0, max: 1, step: 0.005 });
  const output = h("output", { class: "lrpw-value", for: id });
  input.addEventListener("input", () => slide(input.valueAsNumber));
  input.addEventListener("change", settle);
  return {
    element: row(id, label, title, input, output),
    update(position: number, text: string, disabled = false): void {
      if (Math.abs(input.valueAsNumber - position) > 0.0025) input.valueAsNumber = position;
      input.disabled = disabled;
      input.style.setProperty("--lrpw-part", `${100 * position}%`);
      input.setAttribute("aria-valuetext", text);
      write(output, text);
    },
  };
}

/** One of a few, all in sight: native radio buttons, so that arrow keys and screen readers work as everywhere. */
export function radios(
  label: string,
  title: string,
  kind: string,
  choices: readonly (Choice & { content: Node | string })[],
  choose: (value: string) => void,
) {
  const name = uniqueId();
  const inputs = choices.map(({ value, label: text }) =>
    h("input", { type: "radio", name, value, "aria-label": text, class: "lrpw-hidden" }),
  );
  const options = choices.map((choice, i) =>
    h("label", { class: "lrpw-choice", title: choice.label }, inputs[i], h("span", {}, choice.content)),
  );
  const group = h("div", { class: `lrpw-radios ${kind}`, role: "radiogroup", "aria-label": label }, ...options);
  group.addEventListener("change", (event) => choose((event.target as HTMLInputElement).value));
  return {
    element: row(null, label, title, group),
    update(value: string): void {
      for (const input of inputs) input.checked = input.value === value;
    },
  };
}

export function button(text: string, title: string, press: () => void): HTMLButtonElement {
  const element = h("button", { class: "lrpw-button", type: "button", title, "aria-label": title }, text);
  element.addEventListener("click", press);
  return element;
}
