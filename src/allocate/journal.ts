// journal.ts - all or nothing: what was done since a mark, and how to undo it.
//
// The store and the allocators record their undo steps here, so that one refused object (or a dry run) rolls back
// addresses, ports and objects alike.

export class Journal {
  #undo: (() => void)[] = [];
  #depth = 0;
  #committed: () => void = () => undefined;

  /** Called whenever an outermost unit of work has succeeded. */
  onCommit(listener: () => void): void {
    this.#committed = listener;
  }

  /** Records how to undo a step that was just done. Outside `run` there is nothing to undo. */
  record(undo: () => void): void {
    if (this.#depth > 0) this.#undo.push(undo);
  }

  /** Runs the work. If it throws, everything recorded in it is undone, latest first. Can be nested. */
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

  /** Runs the work and always undoes it: a dry run. */
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
