// pool.ts - the addresses available to LoadBalancer Services: ranges of both families, lowest free address first.
import {
  type Family,
  formatAddress,
  fromBigInt,
  length128,
  maskedCidr,
  parseAddress,
  parseCidr,
  toBigInt,
} from '../model/address.js';
import type { Journal } from './journal.js';

interface Range {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

/** `first-last`, a CIDR or a single address → range; null for any other text. */
function parseRange(text: string): Range | null {
  const cidr = parseCidr(text);
  if (cidr) {
    const first = toBigInt(maskedCidr(cidr).address);
    return { family: cidr.family, first, last: first + (1n << BigInt(128 - length128(cidr))) - 1n };
  }
  const [from = '', to = from] = text.split('-');
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (!first || !last || first.family !== last.family) return null;
  const range = { family: first.family, first: toBigInt(first), last: toBigInt(last) };
  return range.first <= range.last ? range : null;
}

/** First and last address of the range that a pool reads from the text; null when it is not a range. */
export function poolRange(text: string): { first: string; last: string } | null {
  const range = parseRange(text);
  if (!range) return null;
  const { family, first, last } = range;
  return { first: formatAddress(fromBigInt(family, first)), last: formatAddress(fromBigInt(family, last)) };
}

/** True if a pool can read the text as a range of addresses. */
export const isPoolRange = (text: string): boolean => parseRange(text) !== null;

export class AddressPool {
  readonly #ranges: readonly Range[];
  readonly #journal: Journal;
  readonly #taken = new Set<string>();

  /** Texts that are not ranges are left out; check them with `isPoolRange`. */
  constructor(ranges: readonly string[], journal: Journal) {
    this.#ranges = ranges.map(parseRange).filter((range) => range !== null);
    this.#journal = journal;
  }

  /** Takes the lowest free address of a family; undefined when there is none. */
  next(family: Family): string | undefined {
    for (const range of this.#ranges) {
      if (range.family !== family) continue;
      for (let value = range.first; value <= range.last; value++) {
        const text = formatAddress(fromBigInt(family, value));
        if (this.take(text)) return text;
      }
    }
    return undefined;
  }

  /** Takes this address; false when it is outside the pool or taken. */
  take(text: string): boolean {
    const address = parseAddress(text);
    if (!address) return false;
    const canonical = formatAddress(address);
    const value = toBigInt(address);
    const inside = this.#ranges.some((r) => r.family === address.family && r.first <= value && value <= r.last);
    if (!inside || this.#taken.has(canonical)) return false;
    this.#taken.add(canonical);
    this.#journal.record(() => this.#taken.delete(canonical));
    return true;
  }

  release(text: string): void {
    const address = parseAddress(text);
    const canonical = address ? formatAddress(address) : text;
    if (this.#taken.delete(canonical)) this.#journal.record(() => this.#taken.add(canonical));
  }
}
