// ranges.ts - the Service addresses of one family, from one or several CIDRs that may overlap.
//
// Source of the rules: pkg/registry/core/service/ipallocator (MetaAllocator) of Kubernetes 1.36.
import { type Family, formatCidr, maskedCidr, mustCidr } from '../model/address.js';
import { AllocationError } from './bands.js';
import { ClusterIPAllocator } from './clusterip.js';
import type { Journal } from './journal.js';
import type { Random } from './random.js';

interface RangesOptions {
  readonly family: Family;
  readonly random: Random;
  readonly journal: Journal;
  /** Addresses outside of the ranges are accepted and tracked too (for the recorded state of another cluster). */
  readonly outside?: boolean;
}

interface Range {
  readonly allocator: ClusterIPAllocator;
  /** New addresses are taken from it. */
  open: boolean;
}

const keyOf = (cidr: string): string => formatCidr(maskedCidr(mustCidr(cidr)));

export class ClusterIPRanges {
  readonly family: Family;
  readonly #options: RangesOptions;
  readonly #ranges = new Map<string, Range>();

  constructor(options: RangesOptions) {
    this.family = options.family;
    this.#options = options;
  }

  /** Opens a range; one that is there already is as it was, and open. `held`: addresses that are taken, of any range. */
  open(cidr: string, held: Iterable<string> = []): void {
    const known = this.#ranges.get(keyOf(cidr));
    if (known) known.open = true;
    else {
      const { random, journal, outside = false } = this.#options;
      const allocator = new ClusterIPAllocator({ cidr, random, journal, outside });
      for (const address of held) if (allocator.covers(address)) allocator.take(address);
      this.#ranges.set(keyOf(cidr), { allocator, open: true });
    }
  }

  /** Takes no more addresses from a range; those that are taken stay so. */
  close(cidr: string): void {
    const range = this.#ranges.get(keyOf(cidr));
    if (range) range.open = false;
  }

  remove(cidr: string): void {
    this.#ranges.delete(keyOf(cidr));
  }

  /** Takes a free address of the first range that has one. Throws AllocationError `range is full`. */
  next(): string {
    for (const { allocator, open } of this.#ranges.values()) {
      if (!open || allocator.isFull) continue;
      const address = allocator.next();
      for (const other of this.#covering(address)) if (other !== allocator) other.take(address);
      return address;
    }
    throw new AllocationError('full', 'range is full');
  }

  /** Takes this address. Throws AllocationError when it is outside of the ranges or taken. */
  take(address: string): void {
    const covering = this.#covering(address);
    const [first = this.#first()] = covering;
    first.take(address);
    for (const other of covering) if (other !== first) other.take(address);
  }

  release(address: string): void {
    for (const { allocator } of this.#ranges.values()) allocator.release(address);
  }

  #covering(address: string): ClusterIPAllocator[] {
    return [...this.#ranges.values()].flatMap(({ allocator }) => (allocator.covers(address) ? [allocator] : []));
  }

  /** The range that says why an address cannot be had. */
  #first(): ClusterIPAllocator {
    const [first] = this.#ranges.values();
    if (!first) throw new AllocationError('outside', 'the provided network does not match the current range');
    return first.allocator;
  }
}
