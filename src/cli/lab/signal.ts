// signal.ts - the wish that a long-running command should end: Ctrl-C, a signal, or a call.

/** A promise for the first SIGINT, SIGTERM or SIGHUP. A second one ends the process at once. */
export function stopSignal(): { promise: Promise<void>; stop: () => void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    stop = resolve;
  });
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130);
      asked = true;
      stop();
    });
  }
  return { promise, stop };
}
