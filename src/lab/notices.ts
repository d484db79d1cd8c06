// notices.ts - the last things that a lab told its user, for those who did not see them: the Lab object carries them.

/** Bytes of all that is kept: the object of the lab is read often. */
const BUDGET = 4096;

/** The last notices, oldest first, each once, within BUDGET bytes of UTF-8. */
export class Notices {
  #kept: readonly string[] = [];

  get kept(): readonly string[] {
    return this.#kept;
  }

  /** Takes a notice; what does not fit any more goes, the oldest first. Returns whether anything changed. */
  add(notice: string): boolean {
    if (this.#kept.at(-1) === notice || Buffer.byteLength(notice) > BUDGET) return false;
    const kept = [...this.#kept.filter((known) => known !== notice), notice];
    let bytes = kept.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    while (bytes > BUDGET) bytes -= Buffer.byteLength(kept.shift() ?? '');
    this.#kept = kept;
    return true;
  }
}
