// behaviour.ts - Behaviour: an application that is slow, flaky or busy as its manners say; most are none of it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Manners } from '../../topology/manners.js';
import { Processor } from './worker.js';

export class Behaviour {
  #manners: Manners;
  #processor: Processor | null = null;
  readonly #chance: () => number;

  /** @param chance a number from 0 up to 1 */
  constructor(manners: Manners, chance: () => number = Math.random) {
    this.#manners = manners;
    this.#chance = chance;
    this.change(manners);
  }

  /** True when requests are answered at once and well. */
  get isPlain(): boolean {
    const { latencyMs, failureRate, workMs } = this.#manners;
    return latencyMs + failureRate + workMs === 0;
  }

  change(manners: Manners): void {
    const { workMs, busy } = manners;
    if (busy !== this.#manners.busy || workMs + busy === 0) this.stop();
    this.#manners = manners;
    if (workMs + busy > 0) this.#processor ??= new Processor(busy);
  }

  /** Takes the time of one request; false when it is to fail. */
  async serve(): Promise<boolean> {
    const { latencyMs, failureRate, workMs } = this.#manners;
    if (workMs > 0) await this.#processor?.work(workMs);
    if (latencyMs > 0) await pause(latencyMs);
    return this.#chance() >= failureRate;
  }

  stop(): void {
    this.#processor?.stop();
    this.#processor = null;
  }
}
