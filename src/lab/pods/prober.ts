// prober.ts - asks one probe again and again, and tells when enough answers in a row say so.
import type { Timer } from '../../model/timer.js';
import type { Probe } from '../../topology/probes.js';

/** `problem` is '' when the probe succeeded, else what kubectl shows: `HTTP probe failed with statuscode: 500`. */
type Ask = (probe: Probe) => Promise<string>;

/** @param healthy whether the threshold of successes or that of failures was reached. Told each time it is. */
type Verdict = (healthy: boolean, problem: string) => void;

/** Begins to ask; returns a function that stops it. */
export function startProber(probe: Probe, ask: Ask, timer: Timer, verdict: Verdict, failed: (problem: string) => void) {
  let stopped = false;
  let [good, bad] = [0, 0];
  let cancel: () => void = () => undefined;
  const round = async (): Promise<void> => {
    const problem = await ask(probe);
    if (stopped) return;
    [good, bad] = problem === '' ? [good + 1, 0] : [0, bad + 1];
    cancel = timer(probe.periodMs, () => void round());
    if (problem !== '') failed(problem);
    if (good >= probe.successes) verdict(true, '');
    else if (bad >= probe.failures) verdict(false, problem);
  };
  cancel = timer(probe.delayMs, () => void round());
  return (): void => {
    stopped = true;
    cancel();
  };
}
