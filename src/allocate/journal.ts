// journal.ts - all or nothing: what was done since a mark, and how to undo it.
//
// The store and the allocators write their undo steps here, so that one refused object (or a dry run) takes back
// addresses, ports and objects alike.

export class Journal {
  #undo: (() => void)[] = [];
  #depth = 0;
  #committed: () => void = () => undefined;

  /** Called whenever an outermost piece of work has succeeded. */
  onCommit(listener: () => void): void {
    this.#committed = listener;
  }

  /** Remembers how to take back a step that was just done. Outside of `run` there is nothing to take back. */
  record(undo: () => void): void {
    if (this.#depth > 0) this.#undo.push(undo);
  }

  /** Runs the work; if it throws, everything recorded meanwhile is undone, latest first. Nests. */
  run<T>(work: () => T): T {
    const mark = this.#undo.length;
    this.#depth++;
    try {
      const result = work();
      this.#leave();
      return result;
    } catch (error) {
      this.#rollback(mark);
      this.#leave();
      throw error;
    }
  }

  /** Runs the work and undoes it in any case: a dry run. */
  rehearse<T>(work: () => T): T {
    const mark = this.#undo.length;
    this.#depth++;
    try {
      return work();
    } finally {
      this.#rollback(mark);
      this.#leave();
    }
  }

  #rollback(mark: number): void {
    while (this.#undo.length > mark) this.#undo.pop()?.();
  }

  #leave(): void {
    this.#depth--;
    if (this.#depth > 0) return;
    this.#undo = [];
    this.#committed();
  }
}
