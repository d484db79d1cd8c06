// backoff.ts - how long a container that has ended waits before it is started again: the kubelet's back-off, shortened.

/** The first pause, doubled each time up to the last value. */
const FIRST_MS = 250;
const LAST_MS = 10_000;
/** What ran this long starts again with the first pause. */
const STEADY_MS = 10_000;

export class Backoff {
  #ms = FIRST_MS;

  /** @param ranMs how long it had run */
  next(ranMs: number): number {
    if (ranMs >= STEADY_MS) this.#ms = FIRST_MS;
    const now = this.#ms;
    this.#ms = Math.min(2 * now, LAST_MS);
    return now;
  }
}
