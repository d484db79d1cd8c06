// turns.ts - splits long work into turns: one piece after another, yielding to the event loop between slices.

/** How long consecutive pieces may run before the event loop gets a turn, in milliseconds. */
const SLICE_MS = 5;

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #until = 0;

  /** Resolves when it is the caller's turn. What the caller then does synchronously is its piece. */
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
