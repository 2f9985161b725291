/** When a view is drawn: once in an animation frame, after its state, its room or its screen has changed. */
import type { Store } from "./store";

export class Redraw {
  private readonly undo: (() => void)[] = [];
  private frame = 0;

  /** Calls `draw` soon, and again after one of `names` in `store` or the size of `root` changed. */
  constructor(
    root: HTMLElement,
    store: Store,
    names: readonly string[],
    private readonly draw: () => void,
  ) {
    const request = (): void => this.request();
    for (const name of names) this.undo.push(store.on(name, request));
    const observer = new ResizeObserver(request);
    observer.observe(root);
    this.undo.push(() => observer.disconnect());
    // Zooming the page, or moving its window to another screen, changes the size of a device pixel.
    window.addEventListener("resize", request);
    this.undo.push(() => window.removeEventListener("resize", request));
    let watch = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = (): void => {
      watch.removeEventListener("change", changed);
      watch = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
      watch.addEventListener("change", changed);
      request();
    };
    watch.addEventListener("change", changed);
    this.undo.push(() => watch.removeEventListener("change", changed));
    request();
  }

  request(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  dispose(): void {
    for (const undo of this.undo.splice(0)) undo();
    cancelAnimationFrame(this.frame);
    this.frame = -1; // no further frame is asked for
  }
}
