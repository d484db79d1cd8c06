// samples.ts - the counters of the dataplane once a second, and the last quarter of an hour of them.
import { Reason, ReasonNames } from '../../abi/abi.gen.js';
import { COUNTERS } from '../../abi/layout.js';
import { reasonSpec } from '../../abi/reasons.js';
import type { NodeSample, Sample } from './shapes.js';

export const EVERY_MS = 1000;
/** 15 minutes. */
const MOST_SAMPLES = 900;

/** Reasons whose frames did not arrive, with their cells. */
const LOSSES = Object.entries(ReasonNames).flatMap(([cell, name]) => {
  const { class: kind } = reasonSpec(Number(cell)) ?? {};
  return kind === 'drop' || kind === 'reject' ? [[Number(cell), name] as const] : [];
});

/** @param counters cells as in COUNTERS */
export function nodeSample(counters: readonly bigint[]): NodeSample {
  const cell = (index: number): number => Number(counters[index] ?? 0n);
  const losses = LOSSES.flatMap(([index, name]) => (cell(index) > 0 ? [[name, cell(index)] as const] : []));
  return {
    receivedFrames: cell(COUNTERS.receivedFrames),
    receivedBytes: cell(COUNTERS.receivedBytes),
    sentFrames: cell(COUNTERS.sentFrames),
    sentBytes: cell(COUNTERS.sentBytes),
    flows: cell(COUNTERS.flows),
    begun: cell(Reason.SERVICE),
    losses: Object.fromEntries(losses),
  };
}

/** The last samples, oldest first. */
export class History {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
    if (this.#samples.length > MOST_SAMPLES) this.#samples.shift();
  }

  get samples(): readonly Sample[] {
    return this.#samples;
  }
}
