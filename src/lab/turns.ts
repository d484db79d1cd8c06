// turns.ts - much work in turns: one piece after the other, and the event loop is heard between slices of it.

/** How long pieces may follow each other before others are heard, in milliseconds. */
const SLICE_MS = 5;

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #until = 0;

  /** Resolves when it is the caller's turn. What it does at once is its piece. */
  next(): Promise<void> {
    this.#last = this.#last.then(() => (performance.now() < this.#until ? undefined : this.#pause()));
    return this.#last;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#until = performance.now() + SLICE_MS;
        resolve();
      }),
    );
  }
}
