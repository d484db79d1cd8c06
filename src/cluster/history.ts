// history.ts - the last events of the store, for watches that go on where they stopped.
import type { KindKey } from '../model/kindkey.js';
import type { KubeObject } from '../model/objects.js';
import { freshBytes } from './freeze.js';
import { badRequest, expired } from './status.js';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface StoreEvent {
  readonly type: EventType;
  readonly key: KindKey;
  /** DELETED carries the last state, with the resourceVersion of the deletion. */
  readonly object: KubeObject;
  readonly resourceVersion: string;
  /** What the object was before; absent for ADDED. */
  readonly old?: KubeObject;
}

/** Memory that past states may take; older resourceVersions get 410. A rollout of a thousand Deployments fits. */
const BUDGET_BYTES = 64 * 1024 * 1024;

export class History {
  readonly #budget: number;
  readonly #events: StoreEvent[] = [];
  /** Of each event: what it holds beside the one before. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  #oldest = 0;

  constructor(budgetBytes = BUDGET_BYTES) {
    this.#budget = budgetBytes;
  }

  /** What it holds, as far as that can be told. */
  get bytes(): number {
    return this.#bytes;
  }

  add(event: StoreEvent): void {
    const size = freshBytes(event.object, event.old);
    this.#events.push(event);
    this.#sizes.push(size);
    this.#bytes += size;
    if (this.#bytes > this.#budget) this.#shrink();
  }

  /** Nothing up to a version is remembered. */
  forget(version: number): void {
    this.#events.length = 0;
    this.#sizes.length = 0;
    this.#bytes = 0;
    this.#oldest = version;
  }

  /** Forgets the oldest events until half of the budget is free, so that this is rarely done. */
  #shrink(): void {
    let count = 0;
    while (this.#bytes > this.#budget / 2) this.#bytes -= this.#sizes[count++] ?? 0;
    const dropped = this.#events.splice(0, count);
    this.#sizes.splice(0, count);
    this.#oldest = Number(dropped.at(-1)?.resourceVersion ?? 0);
  }

  /** Events after a resourceVersion, oldest first. Throws BadRequest for what is none, Expired for one too old. */
  since(resourceVersion: string): StoreEvent[] {
    if (!/^\d+$/.test(resourceVersion)) throw badRequest(`Invalid value: "${resourceVersion}": not a resource version`);
    const after = Number(resourceVersion);
    if (after < this.#oldest) throw expired(resourceVersion, String(this.#oldest));
    return this.#events.slice(this.#firstAfter(after));
  }

  /** Events stand in the order of their versions. */
  #firstAfter(version: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(this.#events[middle]?.resourceVersion) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
