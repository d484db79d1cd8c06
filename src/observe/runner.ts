// runner.ts - runs first packets through an engine one after another, so that none finds traces of another.
import type { Engine, Outcome } from '../engine/engine.js';
import { encodeImage } from '../image/encode.js';
import type { TableSet } from '../image/table.js';
import type { CreateEngine } from './fleet.js';

/** No flow of a first packet lives longer than this. */
const FLOW_SECONDS = 601;
/** Nanoseconds are 64 bits wide. Before they run out, a fresh engine starts at zero. */
const LAST_NS = 1n << 62n;
const SEED = 1;
const FLOW_CAPACITY = 64;

export class Runner {
  readonly #create: CreateEngine;
  readonly #image: Uint8Array;
  /** Flows and affinities are forgotten after this long. */
  readonly #pauseNs: bigint;
  #engine: Engine | null = null;
  #now = 0n;

  constructor(tables: TableSet, create: CreateEngine) {
    this.#create = create;
    this.#image = encodeImage(tables);
    const longest = tables.SERVICE.reduce((most, row) => Math.max(most, row.affinitySeconds + 1), FLOW_SECONDS);
    this.#pauseNs = BigInt(longest) * 1_000_000_000n;
  }

  run(port: number, frame: Uint8Array, draws: readonly number[]): Outcome {
    this.#now += this.#pauseNs;
    if (!this.#engine || this.#now > LAST_NS) {
      this.close();
      this.#engine = this.#create({ seed: SEED, flowCapacity: FLOW_CAPACITY });
      this.#now = this.#pauseNs;
      this.#engine.load(this.#image, 0n);
    }
    this.#engine.scriptRandom(draws);
    return this.#engine.process({ port, bytes: frame }, this.#now);
  }

  close(): void {
    this.#engine?.close();
    this.#engine = null;
  }
}
