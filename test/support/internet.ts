// internet.ts - checksums of tests, computed the long way and independent of the product: RFC 1071 words, bitwise CRC32c.

/** Folded one's complement sum of several pieces; every piece begins a new word. */
export function onesSum(...pieces: readonly Uint8Array[]): number {
  let sum = 0;
  for (const piece of pieces) {
    for (let i = 0; i < piece.length; i += 2) {
      sum += (piece[i] ?? 0) * 256 + (piece[i + 1] ?? 0);
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return sum;
}

/** What stands in the checksum field of a packet whose field is still zero. */
export const internetChecksum = (...pieces: readonly Uint8Array[]): number => 0xffff - onesSum(...pieces);

/** CRC32c, least significant bit first (RFC 9260 appendix A). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const high = (crc ^ (byte >> bit)) & 1;
      crc = high ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export const word = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 0xff, value & 0xff);

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Pseudo-header of TCP, UDP, SCTP-less protocols and ICMPv6; addresses as on the wire. */
export function pseudoHeader(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): Uint8Array {
  return concat(source, destination, word(length >>> 16), word(length), word(protocol));
}
