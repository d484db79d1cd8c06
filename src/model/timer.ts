// timer.ts - timers of any length. Node's own fire at once when they are longer than 2^31 - 1 ms.

const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once, after the given milliseconds; returns a function that stops it. */
export type Timer = (ms: number, work: () => void) => () => void;

/**
 * Calls back once, after the given milliseconds. With Infinity it never does.
 * @param options `unref`: does not keep the process alive
 * @returns a function that stops the timer
 */
export function after(ms: number, work: () => void, options: { readonly unref?: boolean } = {}): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    const step = Math.min(left, LONGEST_MS);
    timer = setTimeout(() => (left > step ? wait(left - step) : work()), step);
    if (options.unref) timer.unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}
