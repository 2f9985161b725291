import assert from "node:assert/strict";
import { test } from "node:test";
import { listen } from "../src/module";
import type { WidgetModel } from "../src/store";

type Callback = (...args: never[]) => void;

/** As much of ipywidgets' model as a message needs. */
class Plain {
  readonly heard: unknown[] = [];
  readonly sent: unknown[] = [];
  readonly values: Record<string, unknown> = {};
  _buffered_state_diff: Record<string, unknown> = {};
  private readonly callbacks: [string, Callback][] = [];
  private hears: (message: unknown) => unknown = (message) => this._handle_comm_msg(message);
  readonly comm = {
    on_msg: (callback: (message: unknown) => unknown) => {
      this.hears = callback;
    },
    send: (data: unknown) => this.sent.push(data),
  };

  async _handle_comm_msg(message: unknown): Promise<unknown> {
    if (typeof message === "string") this.heard.push(message);
    return undefined;
  }

  arrive(message: unknown): unknown {
    return this.hears(message);
  }

  set(name: string, value: unknown): void {
    this.values[name] = this._buffered_state_diff[name] = value;
    for (const [event, callback] of [...this.callbacks]) {
      if (event === `change:${name}`) (callback as (...args: unknown[]) => void)(this, value, {});
    }
  }

  unset(name: string): void {
    delete this.values[name];
  }

  on(event: string, callback: Callback): void {
    this.callbacks.push([event, callback]);
  }

  off(event: string, callback: Callback): void {
    const at = this.callbacks.findIndex(([one, other]) => one === event && other === callback);
    if (at >= 0) this.callbacks.splice(at, 1);
  }

  get listeners(): number {
    return this.callbacks.length;
  }
}

/** And anywidget's, which lets messages wait until its module is there. */
class Waiting extends Plain {
  constructor(private readonly ready: Promise<void>) {
    super();
    ready.catch(() => {});
  }

  override async _handle_comm_msg(message: unknown): Promise<unknown> {
    await this.ready;
    return super._handle_comm_msg(message);
  }

  /** What a module is given. */
  get handedOut(): WidgetModel {
    return { on: this.on.bind(this), off: this.off.bind(this), set: this.set.bind(this) } as unknown as WidgetModel;
  }
}

test("a model that gave up hears again, and asks for what it missed", async () => {
  const model = new Waiting(Promise.reject(new Error("too late")));
  await assert.rejects(Promise.resolve(model.arrive("lost")));
  assert.equal(await listen(model.handedOut), true);
  assert.deepEqual(model.sent, [{ method: "request_state" }]);
  await model.arrive("heard");
  assert.deepEqual(model.heard, ["heard"]);
});

test("a model that is in time is left as it is", async () => {
  let arrived = (): void => {};
  const model = new Waiting(new Promise((resolve) => (arrived = resolve)));
  const mended = listen(model.handedOut);
  const early = model.arrive("early");
  arrived();
  assert.equal(await mended, false);
  await early;
  assert.deepEqual([model.sent, model.heard], [[], ["early"]]);
});

test("looking behind a model leaves nothing in it", async () => {
  const model = new Waiting(Promise.resolve());
  await listen(model.handedOut);
  assert.deepEqual([model.values, model._buffered_state_diff, model.listeners], [{}, {}, 0]);
});

test("a model of another maker is left alone", async () => {
  const model = { on() {}, off() {}, set() {} } as unknown as WidgetModel;
  assert.equal(await listen(model), false);
});
