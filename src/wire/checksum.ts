// checksum.ts - Internet checksum: sum, pseudo-header, incremental update (RFC 1071, RFC 1624), and CRC32c (RFC 9260 appendix A).
import { addressWords, u8, u16, type Version } from './bytes.js';

/** One's complement sum folded to 16 bits. Zero only for a sum of zero. */
export function fold(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return rest;
}

/** Folded sum of the bytes in [from, to); an odd last byte is the high half of a word. */
export function sumBytes(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) sum += at + 1 < to ? u16(bytes, at) : u8(bytes, at) << 8;
  return fold(sum);
}

/** Folded sum of the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). `length` is that of the upper-layer packet. */
export function pseudoHeaderSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
  version: Version,
): number {
  const words = [...addressWords(source, version), ...addressWords(destination, version)];
  return fold(words.reduce((sum, word) => sum + word, protocol + fold(length)));
}

/** Complement of a folded sum: what stands in a checksum field. */
export const complement = (sum: number): number => ~sum & 0xffff;

/** Words that a rewrite takes out of a packet and words that it puts in their place. */
export interface Change {
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

export const NO_CHANGE: Change = { removed: [], added: [] };

export const joinChanges = (...changes: readonly Change[]): Change => ({
  removed: changes.flatMap((change) => change.removed),
  added: changes.flatMap((change) => change.added),
});

const difference = (change: Change): number =>
  change.removed.reduce((sum, word) => sum + complement(word), 0) + change.added.reduce((sum, word) => sum + word, 0);

/** RFC 1624 equation 3: HC' = ~(~HC + ~m + m'). Untouched when nothing changes. [NAT-9] */
export function updateChecksum(checksum: number, change: Change): number {
  if (change.removed.length === 0) return checksum;
  return complement(fold(complement(checksum) + difference(change)));
}

/** The same for a partial checksum, which is the folded sum itself and not its complement. */
export function updatePartial(sum: number, change: Change): number {
  if (change.removed.length === 0) return sum;
  return fold(sum + difference(change));
}

const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC32c of an SCTP packet in [from, to) with its checksum field taken as zero, as the number to write in little-endian order. */
export function sctpChecksum(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffffffff;
  for (let at = from; at < to; at++) {
    const byte = at >= from + 8 && at < from + 12 ? 0 : u8(bytes, at);
    crc = (crc >>> 8) ^ (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}
