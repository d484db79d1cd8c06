// history.ts - the most recent events of the store, so that watches can resume where they stopped.
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
  /** The object's previous state; absent for ADDED. */
  readonly old?: KubeObject;
}

/** Memory limit for past states; older resourceVersions get 410. A rollout of a thousand Deployments fits. */
const BUDGET_BYTES = 64 * 1024 * 1024;

export class History {
  readonly #budget: number;
  readonly #events: StoreEvent[] = [];
  /** Memory that each event uses beyond what it shares with the one before. */
  readonly #sizes: number[] = [];
  #bytes = 0;
  #oldest = 0;

  constructor(budgetBytes = BUDGET_BYTES) {
    this.#budget = budgetBytes;
  }

  /** Memory in use, as far as that can be told. */
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

  /** Forgets everything up to a version. */
  forget(version: number): void {
    this.#events.length = 0;
    this.#sizes.length = 0;
    this.#bytes = 0;
    this.#oldest = version;
  }

  /** Drops the oldest events until half of the budget is free, so that this runs rarely. */
  #shrink(): void {
    let count = 0;
    while (this.#bytes > this.#budget / 2) this.#bytes -= this.#sizes[count++] ?? 0;
    const dropped = this.#events.splice(0, count);
    this.#sizes.splice(0, count);
    this.#oldest = Number(dropped.at(-1)?.resourceVersion ?? 0);
  }

  /** Events after a resourceVersion, oldest first. Throws BadRequest if it is invalid, Expired if it is too old. */
  since(resourceVersion: string): StoreEvent[] {
    if (!/^\d+$/.test(resourceVersion)) throw badRequest(`Invalid value: "${resourceVersion}": not a resource version`);
    const after = Number(resourceVersion);
    if (after < this.#oldest) throw expired(resourceVersion, String(this.#oldest));
    return this.#events.slice(this.#firstAfter(after));
  }

  /** Events are ordered by version. */
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
