// queue.ts - the work queue of the controllers: each key is queued once and handled in order of arrival.
//
// A controller says which key changed; the queue calls it back later, so that a burst of events is one piece of work.
import type { Timer } from '../model/timer.js';

export interface Controller {
  readonly name: string;
  /** Brings one object (`namespace/name`, or a key of the controller's choice) to its desired state. */
  sync(key: string): void;
  /** Called after a restart, with the uids of objects that the process before deleted. */
  resume?(gone: readonly string[]): void;
  /** Called when the cluster closes. */
  stop?(): void;
}

/** How long one piece of work may block the event loop, in milliseconds. */
export const SLICE_MS = 5;

/** A key that is queued this often before the queue is empty indicates a loop between controllers: a bug. */
const ROUNDS = 10_000;

export class WorkQueue {
  readonly #pending = new Map<string, { controller: Controller; key: string }>();
  readonly #rounds = new Map<string, number>();
  readonly #failures = new Map<string, string>();
  readonly #timer: Timer;
  /** Keys that are to be looked at later: when, by the timer's clock, and how to forget that. */
  readonly #later = new Map<string, { readonly due: number; readonly stop: () => void }>();
  readonly #clock: () => Date;
  #waiting: (() => void)[] = [];
  #scheduled = false;
  #closed = false;

  /** @param timer runs by `clock` */
  constructor(clock: () => Date, timer: Timer) {
    this.#clock = clock;
    this.#timer = timer;
  }

  /** Failures by `controller/key`. An entry disappears once the work succeeds. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  add(controller: Controller, key: string): void {
    if (this.#closed) return;
    this.#pending.set(`${controller.name}/${key}`, { controller, key });
    this.#schedule();
  }

  /** Queues a key after some milliseconds; the earliest of several times counts. It is no work until then. */
  after(controller: Controller, key: string, ms: number): void {
    if (this.#closed || !Number.isFinite(ms)) return;
    const id = `${controller.name}/${key}`;
    const due = this.#clock().getTime() + ms;
    const known = this.#later.get(id);
    if (known && known.due <= due) return;
    known?.stop();
    const stop = this.#timer(Math.max(1, ms), () => {
      this.#later.delete(id);
      this.add(controller, key);
    });
    this.#later.set(id, { due, stop });
  }

  /** Resolves when nothing is left to do now. */
  settled(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#pending.clear();
    for (const { stop } of this.#later.values()) stop();
    this.#later.clear();
    this.#idle();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#run();
    });
  }

  #run(): void {
    const until = performance.now() + SLICE_MS;
    for (const [id, { controller, key }] of this.#pending) {
      this.#pending.delete(id);
      this.#sync(id, controller, key);
      if (performance.now() > until) break;
    }
    if (this.#pending.size > 0) this.#schedule();
    else this.#idle();
  }

  #sync(id: string, controller: Controller, key: string): void {
    const round = (this.#rounds.get(id) ?? 0) + 1;
    this.#rounds.set(id, round);
    try {
      if (round > ROUNDS) throw new Error(`no end after ${ROUNDS} rounds`);
      controller.sync(key);
      this.#failures.delete(id);
    } catch (error) {
      this.#failures.set(id, error instanceof Error ? error.message : String(error));
    }
  }

  #idle(): void {
    this.#rounds.clear();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
