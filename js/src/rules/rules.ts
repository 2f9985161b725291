/** The rule view in `el`: presets, layers, the rule of the chosen one, map, ledger, advice, selection, setup. */
import { button, h, menu, write } from "../dom";
import { Help, type Keys } from "../help";
import { Redraw } from "../redraw";
import { shield } from "../shield";
import { Status } from "../status";
import type { Store } from "../store";
import { adoptStyle } from "../theme";
import { AdviceList } from "./advice";
import { Editor } from "./editor";
import { LedgerTable } from "./ledger";
import { matcher } from "./pattern";
import { Selecting } from "./selecting";
import { SetupText } from "./setup";
import { RULES } from "./style";
import { LayerTree } from "./tree";
import { readAccount, readAdvice, readLayers, readSetup, shares } from "./wire";

const KEYS: Keys = [
  ["up, down", "choose a layer"],
  ["left, right", "close, open a container"],
  ["Shift + up, down", "choose several layers"],
  ["Ctrl + click, Space", "one more layer, or one less"],
  ["Enter", "to the rule of the chosen layers"],
  ["Backspace", "the chosen layers as the preset says"],
  ["?", "this table"],
  ["Esc", "close this"],
];
const NAMES = ["layer", "setup", "status", "progress", "error"];
const WIRE = ["_forms", "_choices", "_preset", "_layers", "_account", "_answer", "_advice", "_selection", "_code"];
const WIDE = 960;
const SLIM = 560;
const SHARED = { pooling: "Pooling", add: "Sums", response: "Response" } as const;
const TITLES = {
  pooling: "How relevance passes max pooling: in proportion (section 5.3), or to the winner",
  add: "How residual sums share relevance: among positive parts, or in proportion",
  response: "Local response normalization: passed as it is, or by its local Taylor expansion",
};


export function mountRules(el: HTMLElement, store: Store, map: HTMLElement): () => void {
  const view = new RulesView(el, store, map);
  return () => view.dispose();
}

class RulesView {
  private readonly root = h("div", { class: "lrpw-view lrpw-rules", role: "group", "aria-label": "Rules" });
  private readonly preset = menu("Preset", "Which rule goes where", (value) => this.say({ kind: "preset", value }));
  private readonly shared = Object.entries(SHARED).map(([name, label]) => ({
    name,
    menu: menu(label, TITLES[name as keyof typeof SHARED], (value) => this.say({ kind: "shared", name, value })),
  }));
  private readonly reset = button("Reset", "Back to the preset without the changes", () => this.say({ kind: "reset" }));
  private readonly doc = h("div", { class: "lrpw-muted" });
  private readonly changes = h("div", { class: "lrpw-changes", role: "list", "aria-label": "Changes" });
  private readonly help = new Help(KEYS);
  private readonly status: Status;
  private readonly tree: LayerTree;
  private readonly editor: Editor;
  private readonly ledger: LedgerTable;
  private readonly advice: AdviceList;
  private readonly selecting: Selecting;
  private readonly setup: SetupText;
  private readonly redraw: Redraw;
  private readonly unshield: () => void;
  private listed = "";
  private frames = 0;

  constructor(
    el: HTMLElement,
    private readonly store: Store,
    map: HTMLElement,
  ) {
    const choose = (path: string): void => this.choose([path]);
    this.status = new Status(this.root, store);
    this.tree = new LayerTree(
      (paths) => this.choose(paths),
      () => this.editor.focus(),
    );
    this.editor = new Editor(store, () => this.redraw.request());
    this.ledger = new LedgerTable(choose);
    this.advice = new AdviceList(choose);
    this.selecting = new Selecting(store);
    this.setup = new SetupText(store);
    const head = h(
      "div",
      { class: "lrpw-rules-head" },
      this.preset.element,
      ...this.shared.map((each) => each.menu.element),
      h("div", { class: "lrpw-row" }, this.reset, button("?", "Keys (?)", () => this.help.toggle())),
    );
    const left = h("div", { class: "lrpw-rules-left" }, this.tree.element, this.editor.element);
    const main = h("div", { class: "lrpw-rules-main" }, left, map);
    const sections = [this.advice.element, this.selecting.element, this.setup.element];
    this.root.append(this.status.progress, head, this.doc, this.changes, this.status.element, main, this.ledger.element, ...sections, this.help.element);
    this.root.addEventListener("keydown", (event) => this.key(event));
    adoptStyle(el, RULES);
    el.append(this.root);
    this.unshield = shield(this.root);
    this.redraw = new Redraw(this.root, store, [...NAMES, ...WIRE], () => this.draw());
  }

  private say(message: Record<string, unknown>): void {
    this.store.send?.(message);
  }

  private choose(paths: string[]): void {
    const known = new Set(readLayers(this.store).map(({ path }) => path));
    const lead = paths[0];
    this.tree.picked = paths;
    if (lead !== undefined && known.has(lead) && lead !== this.store.get("layer")) {
      this.store.set("layer", lead);
      this.store.commit();
    }
    this.redraw.request();
  }

  private draw(): void {
    const { store } = this;
    const layers = readLayers(store);
    const setup = readSetup(store);
    const account = readAccount(store);
    const answered = (store.get("_account") as { answer?: number } | undefined)?.answer;
    const chosen = String(store.get("layer") ?? "");
    const known = new Set(layers.map(({ path }) => path));
    this.root.classList.toggle("lrpw-rules-wide", this.root.clientWidth >= WIDE);
    this.root.classList.toggle("lrpw-rules-slim", this.root.clientWidth < SLIM);
    const own = setup.presets.some(({ name }) => name === setup.preset) ? [] : [{ value: setup.preset, label: setup.preset }];
    this.preset.update(setup.preset, [...own, ...setup.presets.map(({ name }) => ({ value: name, label: name }))]);
    const choices = (store.get("_choices") ?? {}) as Record<string, string[]>;
    for (const { name, menu: each } of this.shared) {
      const values = Array.isArray(choices[name]) ? choices[name] : [];
      each.update(setup[name as keyof typeof SHARED], values.map((value) => ({ value, label: value })));
    }
    write(this.doc, setup.doc);
    this.reset.disabled = setup.base === null || setup.base === setup.preset;
    this.list(setup.changes);
    const pattern = this.editor.reaches;
    const reached = pattern ? matcher(pattern) : () => false;
    this.tree.update(layers, shares(account), chosen, reached);
    this.editor.update(this.tree.picked);
    this.ledger.update(account, answered === store.get("_answer"), chosen, known);
    this.advice.update(readAdvice(store), known);
    this.selecting.update();
    this.setup.update();
    this.status.update("", true, "");
    this.root.dataset.ready = String(++this.frames);
  }

  private list(changes: readonly { where: string; rule: string }[]): void {
    const listed = JSON.stringify(changes);
    if (listed === this.listed) return;
    this.listed = listed;
    this.changes.replaceChildren(
      ...changes.map(({ where, rule }) => {
        const text = h("span", {}, h("strong", {}, where || "(model)"), ` ${rule}`);
        const undo = button("\u00d7", `${where || "(model)"} as the preset says`, () => this.say({ kind: "rule", where: [where], value: null }));
        return h("span", { class: "lrpw-change", role: "listitem" }, text, undo);
      }),
    );
    this.changes.hidden = !changes.length;
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select, .lrpw-heatmap")) return;
    if (event.key === "?") this.help.toggle();
    else if (event.key === "Escape" && this.help.open) this.help.close();
    else if (event.key === "Backspace" && target.closest(".lrpw-tree")) this.say({ kind: "rule", where: this.tree.picked, value: null });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose(): void {
    this.unshield();
    this.redraw.dispose();
    this.status.dispose();
    this.root.remove();
  }
}
