// delivery.ts - tells listeners about commits, all in the same order. A failing listener does not affect the others.
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

  /** `historyBytes`: maximum memory for past states. */
  constructor(historyBytes: number | undefined) {
    this.history = new History(historyBytes);
  }

  /** Returns a function that stops the watch. */
  watch(listener: StoreListener, key: KindKey | undefined): () => void {
    const entry = { listener, key };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Commits are reported before their events. Returns a function that stops the watch. */
  watchCommits(listener: CommitListener): () => void {
    this.#commits.add(listener);
    return () => this.#commits.delete(listener);
  }

  /** Adds an event to the current commit. Returns a function that removes it and everything after it. */
  add(event: StoreEvent): () => void {
    const before = this.#pending.length;
    this.#pending.push(event);
    return () => {
      this.#pending.length = before;
    };
  }

  /** Ends the commit. Writes by listeners are reported after it. Throws the first listener's error at the end. */
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

  /** Reports what happened before this process. It is not a commit, and not part of any history. */
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
