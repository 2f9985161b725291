/**
 * The output of a cell: the live widget while a kernel has its model, the still explanation otherwise.
 *
 * Lab's own renderer of widgets shows "model not found" (or "Loading widget...") in a notebook that was reopened
 * without its kernel, and hides the picture beside it. This one outranks it for outputs that carry our types.
 */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Signal } from "@lumino/signaling";
import { Panel, Widget } from "@lumino/widgets";

import { Current } from "./current";
import {
  askCode,
  type LiveRenderer,
  liveRenderer,
  managerOf,
  modelId,
  showLive,
  type Surroundings,
  surroundingsOf,
  type WidgetManager,
} from "./live";
import { CODE_CLASS, EXPLANATION, OUTPUT_CLASS, VIEW } from "./names";
import { codeIn, mountStill, type Still } from "./still";

/** The outputs of this page; the panel's own copies are not among them. */
export const current = new Current<ExplanationOutput>();

/** A kernel that does not answer this long leaves us the code that was saved with the output. */
const CODE_PATIENCE_MS = 3000;

export class ExplanationOutput extends Panel implements IRenderMime.IRenderer {
  private model: IRenderMime.IMimeModel | null = null;
  private live: LiveRenderer | null = null;
  private manager: WidgetManager | null = null;
  private still: (Widget & { shown?: Still }) | null = null;
  /** Every change of what is to be shown takes a number; work that comes back with an old one is dropped. */
  private turn = 0;

  /** `given`: the surroundings of the output that this one is a copy of; without it, they are looked for. */
  constructor(private readonly given: Surroundings | null = null) {
    super();
    this.addClass(OUTPUT_CLASS);
  }

  get isLive(): boolean {
    return this.live !== null;
  }

  get shown(): IRenderMime.IMimeModel | null {
    return this.model;
  }

  get surroundings(): Surroundings {
    return this.given ?? surroundingsOf(this);
  }

  /** Another output that shows the same, anywhere on the page, for as long as it is kept. */
  copy(): ExplanationOutput {
    const copy = new ExplanationOutput(this.surroundings);
    if (this.model) {
      const { data, metadata, trusted } = this.model;
      // Values of its own: an output empties its model when its cell runs again.
      void copy.renderModel({ data: { ...data }, metadata: { ...metadata }, trusted, setData: () => undefined });
    }
    return copy;
  }

  /** The Python that reproduces what is shown now; null if nothing knows it. */
  async code(): Promise<string | null> {
    const id = this.model && modelId(this.model.data);
    if (!this.live || !this.manager || !id) return this.still?.shown?.code ?? null;
    const data = this.model?.data ?? {};
    return (await askCode(this.manager, id, CODE_PATIENCE_MS)) ?? codeIn(data[EXPLANATION] ?? data[VIEW]);
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    this.clear();
    if (this.isAttached && !this.given) current.appeared.emit(this);
    // Before it is attached, an output cannot find its kernel.
    return this.isAttached ? this.refresh() : Promise.resolve();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.clear();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(): void {
    if (!this.given) {
      current.add(this);
      if (this.model) current.appeared.emit(this);
    }
    const { session } = this.surroundings;
    if (session) {
      // Lab gives a notebook its widget manager in the same moment, right before or right after: so one task later.
      void session.ready.then(() => setTimeout(() => void this.refresh(), 0), () => undefined);
      session.kernelChanged.connect(this.onKernel, this);
    }
    void this.refresh();
  }

  protected override onBeforeDetach(): void {
    if (!this.given) current.remove(this);
    this.surroundings.session?.kernelChanged.disconnect(this.onKernel, this);
  }

  private onKernel(): void {
    setTimeout(() => void this.refresh(), 0);
  }

  /** Shows the live widget if it can be had, else the still one; leaves alone what is already right. */
  private async refresh(): Promise<void> {
    if (!this.model || this.live || this.isDisposed || !this.isAttached) return;
    const turn = ++this.turn;
    // An untrusted notebook gets no live widget: its code would run.
    const id = this.model.trusted ? modelId(this.model.data) : null;
    if (id && (await this.goLive(id, turn))) return;
    if (turn === this.turn && !this.still && !this.isDisposed) await this.showStill(this.model);
  }

  private async goLive(id: string, turn: number): Promise<boolean> {
    const renderer = liveRenderer(this.surroundings.rendermime);
    if (!renderer) return false;
    const manager = await managerOf(renderer);
    manager?.restored?.connect(this.refresh, this);
    const shown = manager?.has_model(id) && turn === this.turn && (await showLive(renderer, id));
    if (!shown || turn !== this.turn || this.isDisposed) {
      renderer.dispose();
      return false;
    }
    this.clearStill();
    this.live = renderer;
    this.manager = manager;
    this.addClass(CODE_CLASS);
    this.addWidget(renderer);
    // A widget that is closed, or lost with its kernel, leaves the picture behind.
    renderer.widgets[0].disposed.connect(this.onLiveGone, this);
    return true;
  }

  private onLiveGone(): void {
    this.clear();
    void this.refresh();
  }

  private async showStill(model: IRenderMime.IMimeModel): Promise<void> {
    const still: Widget & { shown?: Still } = new Widget();
    this.still = still;
    this.addWidget(still);
    const shown = await mountStill(still.node, model.data);
    if (this.still !== still) return shown.unmount();
    still.shown = shown;
    if (shown.code) this.addClass(CODE_CLASS);
  }

  private clear(): void {
    this.turn++;
    this.clearStill();
    this.live?.dispose();
    this.live = null;
    this.manager = null;
  }

  private clearStill(): void {
    this.removeClass(CODE_CLASS);
    this.still?.shown?.unmount();
    this.still?.dispose();
    this.still = null;
  }
}
