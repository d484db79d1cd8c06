// clusterip.ts - the Service addresses of one family: a CIDR with a static and a dynamic band.
//
// Source of the rules: pkg/registry/core/service/ipallocator of Kubernetes 1.36.
import {
  type Cidr,
  formatAddress,
  formatCidr,
  fromBigInt,
  maskedCidr,
  mustCidr,
  parseAddress,
  toBigInt,
} from '../model/address.js';
import { AllocationError, Bands } from './bands.js';
import type { Journal } from './journal.js';
import type { Random } from './random.js';

/** Automatic picks use at most this many addresses of a larger range. Any address may be requested explicitly. */
const PICKED_FROM = 0x1_0000_0000;

/** Number of addresses left to explicit requests: min(max(16, size/16), 256); none in a range of 16 or fewer. */
export function staticBand(size: bigint): number {
  if (size <= 16n) return 0;
  const step = size / 16n;
  if (step < 16n) return 16;
  return step > 256n ? 256 : Number(step);
}

interface ClusterIPOptions {
  readonly cidr: string;
  readonly random: Random;
  readonly journal: Journal;
  /** Addresses outside the CIDR are accepted and tracked too (for the recorded state of another cluster). */
  readonly outside?: boolean;
}

export class ClusterIPAllocator {
  readonly cidr: Cidr;
  readonly #first: bigint;
  readonly #last: bigint;
  readonly #bands: Bands;
  readonly #outside: boolean;
  readonly #journal: Journal;
  /** Taken addresses that the bands do not cover: outside the CIDR, or too far into a huge one. */
  readonly #others = new Set<bigint>();

  constructor(options: ClusterIPOptions) {
    this.cidr = maskedCidr(mustCidr(options.cidr));
    const bits = BigInt((this.cidr.family === 'IPv4' ? 32 : 128) - this.cidr.length);
    const size = 1n << bits;
    const network = toBigInt(this.cidr.address);
    this.#first = network + 1n;
    // IPv4 leaves out the broadcast address; IPv6 has none.
    this.#last = network + size - (this.cidr.family === 'IPv4' ? 2n : 1n);
    this.#outside = options.outside ?? false;
    this.#journal = options.journal;
    const usable = this.#last - this.#first + 1n;
    this.#bands = new Bands({
      size: usable > BigInt(PICKED_FROM) ? PICKED_FROM : Math.max(0, Number(usable)),
      offset: staticBand(size),
      random: options.random,
      journal: options.journal,
    });
  }

  /** Nothing is left to pick automatically. */
  get isFull(): boolean {
    return this.#bands.free === 0;
  }

  /** Whether an address is one of the range. */
  covers(text: string): boolean {
    const address = parseAddress(text);
    if (address?.family !== this.cidr.family) return false;
    const value = toBigInt(address);
    return value >= this.#first && value <= this.#last;
  }

  /** Takes a free address. Throws AllocationError `range is full`. */
  next(): string {
    const index = this.#bands.next();
    if (index === undefined) throw new AllocationError('full', 'range is full');
    return formatAddress(fromBigInt(this.cidr.family, this.#first + BigInt(index)));
  }

  /** Takes this address. Throws AllocationError when it is outside the range or taken. */
  take(text: string): void {
    const address = parseAddress(text);
    if (!address || address.family !== this.cidr.family)
      throw new AllocationError('outside', 'the provided network does not match the current range');
    const value = toBigInt(address);
    if (!this.#outside && (value < this.#first || value > this.#last)) {
      const range = formatCidr(this.cidr);
      throw new AllocationError(
        'outside',
        `the provided IP (${formatAddress(address)}) is not in the valid range. The range of valid IPs is ${range}`,
      );
    }
    if (!this.#take(value)) throw new AllocationError('taken', 'provided IP is already allocated');
  }

  release(text: string): void {
    const address = parseAddress(text);
    if (address?.family !== this.cidr.family) return;
    const value = toBigInt(address);
    const index = value - this.#first;
    if (index >= 0n && index < BigInt(this.#bands.size)) this.#bands.release(Number(index));
    else if (this.#others.delete(value)) this.#journal.record(() => this.#others.add(value));
  }

  #take(value: bigint): boolean {
    const index = value - this.#first;
    if (index >= 0n && index < BigInt(this.#bands.size)) return this.#bands.take(Number(index));
    if (this.#others.has(value)) return false;
    this.#others.add(value);
    this.#journal.record(() => this.#others.delete(value));
    return true;
  }
}
