// history.ts - the last events of the store, for watches that go on where they stopped.
import { badRequest, expired } from './status.js';
import type { StoreEvent } from './store.js';

/** Events kept at least; older resourceVersions get 410. A rollout of a thousand Deployments fits. */
const KEPT = 65_536;

export class History {
  readonly #events: StoreEvent[] = [];
  #oldest = 0;

  add(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#events.length < 2 * KEPT) return;
    const dropped = this.#events.splice(0, KEPT);
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
