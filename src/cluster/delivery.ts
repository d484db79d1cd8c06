// delivery.ts - who hears of what was committed: all in one order, and one that fails keeps nothing from the others.
import type { KindKey } from '../model/kindkey.js';
import { History, type StoreEvent } from './history.js';
import { forgetText } from './text.js';

export type StoreListener = (event: StoreEvent) => void;
/** Events that became true together. */
export type CommitListener = (events: readonly StoreEvent[]) => void;

export class Delivery {
  readonly history: History;
  readonly #commits = new Set<CommitListener>();
  readonly #listeners = new Set<{ listener: StoreListener; key: KindKey | undefined }>();
  #pending: StoreEvent[] = [];
  #delivering = false;

  /** `historyBytes`: memory that past states may take. */
  constructor(historyBytes: number | undefined) {
    this.history = new History(historyBytes);
  }

  /** Returns the way to stop. */
  watch(listener: StoreListener, key: KindKey | undefined): () => void {
    const entry = { listener, key };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Commits are told before their events. Returns the way to stop. */
  watchCommits(listener: CommitListener): () => void {
    this.#commits.add(listener);
    return () => this.#commits.delete(listener);
  }

  /** An event of the commit that is under way. Returns the way to take it back, and all after it. */
  add(event: StoreEvent): () => void {
    const before = this.#pending.length;
    this.#pending.push(event);
    return () => {
      this.#pending.length = before;
    };
  }

  /** The commit is made. What listeners write meanwhile is told after it. Throws the first error of a listener, at the end. */
  deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    const errors: unknown[] = [];
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      for (const listener of this.#commits) listener(batch);
      for (const event of batch) {
        this.history.add(event);
        if (event.old) forgetText(event.old);
        this.#tell(event, errors);
      }
    }
    this.#delivering = false;
    if (errors.length > 0) throw errors[0];
  }

  /** Tells what has happened before this process: it is no commit, and in no history. */
  recall(events: readonly StoreEvent[]): void {
    const errors: unknown[] = [];
    for (const event of events) this.#tell(event, errors);
    if (errors.length > 0) throw errors[0];
  }

  #tell(event: StoreEvent, errors: unknown[]): void {
    for (const { listener, key } of [...this.#listeners]) {
      if (key !== undefined && key !== event.key) continue;
      try {
        listener(event);
      } catch (error) {
        errors.push(error);
      }
    }
  }
}
