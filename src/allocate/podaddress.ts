// podaddress.ts - the addresses of one node's pods: one from each podCIDR, in turn, as a CNI's IPAM assigns them.
//
// A released address is the last to be handed out again, so a re-created pod gets a new address.
import {
  type Cidr,
  formatAddress,
  fromBigInt,
  maskedCidr,
  parseAddress,
  parseCidr,
  toBigInt,
} from '../model/address.js';

class Turn {
  readonly #cidr: Cidr;
  readonly #base: bigint;
  readonly #end: bigint;
  readonly #taken = new Set<bigint>();
  #next: bigint;

  constructor(cidr: Cidr) {
    this.#cidr = cidr;
    this.#base = toBigInt(maskedCidr(cidr).address);
    const size = 1n << BigInt((cidr.family === 'IPv4' ? 32 : 128) - cidr.length);
    this.#end = size - (cidr.family === 'IPv4' ? 1n : 0n);
    // .0 is the network, .1 the node's own address in the range.
    this.#next = 2n;
  }

  get full(): boolean {
    return BigInt(this.#taken.size) >= this.#end - 2n;
  }

  take(): string | undefined {
    if (this.full) return undefined;
    while (this.#taken.has(this.#next) || this.#next >= this.#end)
      this.#next = this.#next >= this.#end - 1n ? 2n : this.#next + 1n;
    const index = this.#next++;
    this.#taken.add(index);
    return formatAddress(fromBigInt(this.#cidr.family, this.#base + index));
  }

  #index(text: string): bigint | undefined {
    const address = parseAddress(text);
    if (address?.family !== this.#cidr.family) return undefined;
    const index = toBigInt(address) - this.#base;
    return index >= 0n && index < this.#end ? index : undefined;
  }

  reserve(text: string): void {
    const index = this.#index(text);
    if (index !== undefined) this.#taken.add(index);
  }

  release(text: string): void {
    const index = this.#index(text);
    if (index !== undefined) this.#taken.delete(index);
  }
}

export class PodAddresses {
  readonly #turns: readonly Turn[];

  constructor(podCIDRs: readonly string[]) {
    this.#turns = podCIDRs
      .map(parseCidr)
      .filter((cidr) => cidr !== null)
      .map((cidr) => new Turn(cidr));
  }

  /** One address from each podCIDR, in order; undefined when one of them is exhausted. */
  take(): string[] | undefined {
    if (this.#turns.length === 0 || this.#turns.some((turn) => turn.full)) return undefined;
    return this.#turns.map((turn) => turn.take()).filter((address) => address !== undefined);
  }

  /** Marks addresses that someone else chose as used. Those outside the podCIDRs are ignored. */
  reserve(addresses: readonly string[]): void {
    for (const address of addresses) for (const turn of this.#turns) turn.reserve(address);
  }

  release(addresses: readonly string[]): void {
    for (const address of addresses) for (const turn of this.#turns) turn.release(address);
  }
}
