// expiry.ts - Events go after an hour, and earlier when together they take more memory than they may.
import type { KubeObject } from '../../model/objects.js';
import { freshBytes } from '../freeze.js';
import { type Controller, SLICE_MS, type WorkQueue } from '../queue.js';
import type { Store } from '../store.js';

export interface EventLimits {
  /** How long an Event stays after it was last written (--event-ttl of kube-apiserver). */
  readonly ttlMs: number;
  /** Memory of all Events together. */
  readonly bytes: number;
}

export const EVENT_LIMITS: EventLimits = { ttlMs: 3_600_000, bytes: 16 * 1024 * 1024 };

interface Kept {
  readonly namespace: string;
  readonly name: string;
  readonly bytes: number;
  readonly expires: number;
}

const KEY = 'oldest';

export class EventExpiry implements Controller {
  readonly name = 'eventexpiry';
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #clock: () => Date;
  readonly #limits: EventLimits;
  /** Those written longest ago first. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(store: Store, queue: WorkQueue, clock: () => Date, limits: EventLimits) {
    this.#store = store;
    this.#queue = queue;
    this.#clock = clock;
    this.#limits = limits;
    store.watch(({ type, object }) => this.#see(object, type === 'DELETED'), 'Event');
  }

  sync(): void {
    const until = performance.now() + SLICE_MS;
    for (const { namespace, name, expires } of this.#kept.values()) {
      const left = expires - this.#clock().getTime();
      if (left > 0 && this.#bytes <= this.#limits.bytes) {
        this.#queue.after(this, KEY, left);
        return;
      }
      if (performance.now() > until) {
        this.#queue.add(this, KEY);
        return;
      }
      this.#store.delete('Event', namespace, name);
    }
  }

  #see(event: KubeObject, gone: boolean): void {
    const { namespace = '', name } = event.metadata;
    const key = `${namespace}/${name}`;
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
    if (gone) return;
    const bytes = freshBytes(event, undefined);
    const expires = this.#clock().getTime() + this.#limits.ttlMs;
    this.#kept.set(key, { namespace, name, bytes, expires });
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.bytes) this.#queue.add(this, KEY);
    else if (this.#kept.size === 1) this.#queue.after(this, KEY, this.#limits.ttlMs);
  }
}
