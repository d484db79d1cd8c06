// bands.ts - a range of numbers in two bands: the lower one is left to explicit requests while the upper one has room.
//
// This is the scheme of Kubernetes' ClusterIP and NodePort allocators (KEP-3070, KEP-3668). Automatic picks come from
// the upper band, by a linear scan from a random start, and from the lower band only when the upper one is full.
import type { Journal } from './journal.js';
import type { Random } from './random.js';

/** Why nothing could be allocated; `message` is the allocator's wording in the API server. */
export class AllocationError extends Error {
  readonly why: 'full' | 'taken' | 'outside';

  constructor(why: AllocationError['why'], message: string) {
    super(message);
    this.name = 'AllocationError';
    this.why = why;
  }
}

interface BandsOptions {
  /** Numbers are 0..size-1. At most 2^32: from larger ranges, only that many are picked automatically. */
  readonly size: number;
  /** Size of the lower band. */
  readonly offset: number;
  readonly random: Random;
  readonly journal: Journal;
}

export class Bands {
  readonly size: number;
  readonly offset: number;
  readonly #random: Random;
  readonly #journal: Journal;
  readonly #taken = new Set<number>();
  #takenBelow = 0;

  constructor(options: BandsOptions) {
    this.size = options.size;
    this.offset = Math.min(options.offset, options.size);
    this.#random = options.random;
    this.#journal = options.journal;
  }

  has(number: number): boolean {
    return this.#taken.has(number);
  }

  get free(): number {
    return this.size - this.#taken.size;
  }

  /** False if the number is already taken. */
  take(number: number): boolean {
    if (this.#taken.has(number)) return false;
    this.#set(number, true);
    this.#journal.record(() => this.#set(number, false));
    return true;
  }

  release(number: number): void {
    if (!this.#taken.has(number)) return;
    this.#set(number, false);
    this.#journal.record(() => this.#set(number, true));
  }

  /** Takes a free number, from the upper band if possible; undefined if everything is taken. */
  next(): number | undefined {
    const above = this.size - this.offset - (this.#taken.size - this.#takenBelow);
    const found = above > 0 ? this.#scan(this.offset, this.size) : this.#scan(0, this.offset);
    if (found !== undefined) this.take(found);
    return found;
  }

  #scan(first: number, end: number): number | undefined {
    const length = end - first;
    if (length <= 0) return undefined;
    const start = this.#random.below(length);
    for (let i = 0; i < length; i++) {
      const number = first + ((start + i) % length);
      if (!this.#taken.has(number)) return number;
    }
    return undefined;
  }

  #set(number: number, taken: boolean): void {
    if (taken) this.#taken.add(number);
    else this.#taken.delete(number);
    if (number < this.offset) this.#takenBelow += taken ? 1 : -1;
  }
}
