// prefixes.ts - prefixes split the addresses of a family into finitely many sets. This finds one address in each.
//
// Two prefixes are nested or disjoint. So a list of prefixes can tell apart these sets: each prefix without the longer
// ones inside it, and whatever is in no prefix. One address of each set represents all of them.
import { type Family, formatAddress, fromBigInt, toBigInt } from '../model/address.js';

export interface Prefix {
  readonly first: bigint;
  readonly last: bigint;
}

const bitsOf = (family: Family): number => (family === 'IPv4' ? 32 : 128);

/** The prefix of a row: 16 bytes and a length in the 16-byte form; null when it holds no address of the family. */
export function prefixOf(family: Family, bytes: Uint8Array, length128: number): Prefix | null {
  const mapped = bytes.every((value, i) => i > 11 || value === (i > 9 ? 0xff : 0));
  const isFour = mapped && length128 >= 96;
  if (isFour !== (family === 'IPv4')) return null;
  const length = isFour ? length128 - 96 : length128;
  const size = 1n << BigInt(bitsOf(family) - length);
  const value = toBigInt({ family, bytes });
  const first = (value / size) * size;
  return { first, last: first + size - 1n };
}

/** An address in [from, to], a little after its beginning, where hosts usually are. */
function pick(from: bigint, to: bigint): bigint {
  const room = to - from;
  return from + (room > 20n ? 10n : room / 2n);
}

/** An address of a range outside the given inner ranges (disjoint and sorted); null if they fill it. */
function gap(range: Prefix, inside: readonly Prefix[]): bigint | null {
  let from = range.first;
  let best: Prefix | null = null;
  const offer = (to: bigint): void => {
    if (to < from) return;
    if (!best || to - from > best.last - best.first) best = { first: from, last: to };
  };
  for (const child of inside) {
    offer(child.first - 1n);
    from = child.last + 1n;
  }
  offer(range.last);
  const found = best as Prefix | null;
  return found && pick(found.first, found.last);
}

/** One address, as text, from every set of addresses that the prefixes tell apart. */
export function representatives(family: Family, prefixes: readonly Prefix[]): string[] {
  const all: Prefix = { first: 0n, last: (1n << BigInt(bitsOf(family))) - 1n };
  const sorted = [all, ...prefixes].sort((a, b) =>
    a.first !== b.first ? (a.first < b.first ? -1 : 1) : a.last > b.last ? -1 : a.last < b.last ? 1 : 0,
  );
  const distinct = sorted.filter((range, i) => {
    const before = sorted[i - 1];
    return !before || before.first !== range.first || before.last !== range.last;
  });
  const found: string[] = [];
  const open: { range: Prefix; inside: Prefix[] }[] = [];
  const close = (): void => {
    const done = open.pop();
    const address = done && gap(done.range, done.inside);
    if (typeof address === 'bigint') found.push(formatAddress(fromBigInt(family, address)));
  };
  for (const range of distinct) {
    while (open.length > 0 && (open.at(-1)?.range.last ?? 0n) < range.first) close();
    open.at(-1)?.inside.push(range);
    open.push({ range, inside: [] });
  }
  while (open.length > 0) close();
  return found;
}
