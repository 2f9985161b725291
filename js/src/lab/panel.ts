/** A side panel that keeps an explanation in sight while its notebook scrolls: the last one touched, or a pinned one. */
import type { Contents } from "@jupyterlab/services";
import { type Message } from "@lumino/messaging";
import { Signal } from "@lumino/signaling";
import { Panel, Widget } from "@lumino/widgets";

import { h, write } from "../dom";
import { adoptStyle } from "../theme";
import { icon } from "./icon";
import { current, ExplanationOutput } from "./output";
import { type Place, placeOf, readFrom, readPlace, samePlace } from "./place";
import { property } from "./ancestors";

const EMPTY = "Click an explanation to keep it in sight here.";
const STYLE = `
.lrpwidgets-panel { display: flex; flex-direction: column; min-width: 280px; background: var(--jp-layout-color1); overflow: auto; }
.lrpwidgets-panel > .lrpwidgets-panel-head { flex: 0 0 auto; position: sticky; top: 0; z-index: 1; border-bottom: 1px solid var(--lrpw-line); background: var(--lrpw-surface); }
.lrpwidgets-panel-where { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-view .lrpw-button[aria-pressed="true"] { background: var(--lrpw-accent); color: var(--lrpw-surface); }
`;

/** What is kept over a reload. */
export interface Kept {
  place: Place | null;
  pinned: boolean;
}

export class SidePanel extends Panel {
  private readonly where = h("span", { class: "lrpwidgets-panel-where" }, EMPTY);
  private readonly pin = h(
    "button",
    { class: "lrpw-button", type: "button", title: "Keep this one, whatever is clicked", "aria-pressed": "false" },
    "Pin",
  );
  private shown: ExplanationOutput | null = null;
  private place: Place | null = null;
  /** From the saved file only: the output itself takes over as soon as it is on the page. */
  private stored = false;
  private turn = 0;
  readonly keptChanged = new Signal<this, void>(this);

  constructor(private readonly contents: Contents.IManager) {
    super();
    this.id = "lrpwidgets-panel";
    this.addClass("lrpwidgets-panel");
    this.title.icon = icon;
    this.title.caption = "Explanation in sight";
    const row = h("div", { class: "lrpw-row" }, this.where, this.pin);
    const head = h("div", { class: "lrpw-view lrpwidgets-panel-head", role: "group", "aria-label": "Explanation in sight" }, row);
    this.addWidget(new Widget({ node: head }));
    this.pin.addEventListener("click", () => this.setPinned(!this.pinned));
    current.changed.connect(this.onChanged, this);
    current.appeared.connect(this.onAppeared, this);
  }

  get pinned(): boolean {
    return this.pin.getAttribute("aria-pressed") === "true";
  }

  setPinned(pinned: boolean): void {
    this.pin.setAttribute("aria-pressed", String(pinned));
    this.keptChanged.emit();
    if (!pinned && current.output && !samePlace(placeOf(current.output), this.place)) this.onChanged();
  }

  get kept(): Kept {
    return { place: this.place, pinned: this.pinned };
  }

  /** Goes back to what was kept: the output if it is on the page, else what its file holds. */
  restore(kept: unknown): void {
    this.place = readPlace(property(kept, "place"));
    this.stored = true;
    this.pin.setAttribute("aria-pressed", String(property(kept, "pinned") === true));
    if (this.isVisible) void this.fill();
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    adoptStyle(this.node, STYLE);
    if (this.isVisible) void this.fill();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.fill();
  }

  /** Nobody sees it, so nothing is drawn. */
  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.put(null);
  }

  private onChanged(): void {
    const { output } = current;
    if (this.pinned || !output) return;
    if (this.isVisible) return this.follow(output);
    this.place = placeOf(output);
    this.keptChanged.emit();
  }

  /** The output of the same place was made anew: by running its cell again, or by opening its notebook. */
  private onAppeared(_: unknown, output: ExplanationOutput): void {
    if (!this.isVisible) return;
    const same = samePlace(placeOf(output), this.place);
    if (same ? !this.pinned || this.stored : !this.place && !this.shown) this.follow(output);
  }

  private async fill(): Promise<void> {
    if (this.shown) return;
    const onPage = current.find((output) => samePlace(placeOf(output), this.place));
    const output = onPage ?? (this.place ? null : current.output);
    if (output) return this.follow(output);
    const { place } = this;
    const turn = ++this.turn;
    const data = place && (await readFrom(this.contents, place));
    if (!data || turn !== this.turn || this.isDisposed || !this.isVisible) return;
    // Nobody vouches for a file here: no live widget, and texts are texts anyway.
    const still = new ExplanationOutput({ rendermime: null, session: null });
    void still.renderModel({ data, metadata: {}, trusted: false, setData: () => undefined });
    this.put(still);
    this.stored = true;
  }

  private follow(output: ExplanationOutput): void {
    this.place = placeOf(output);
    this.stored = false;
    this.put(output.copy());
    this.keptChanged.emit();
  }

  private put(output: ExplanationOutput | null): void {
    this.turn++;
    this.shown?.dispose();
    this.shown = output;
    if (output) this.addWidget(output);
    const file = this.place?.path.split("/").pop() ?? "An output that is in no file";
    write(this.where, output ? file : EMPTY);
    this.where.title = this.place?.path ?? "";
  }
}
