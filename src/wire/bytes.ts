// bytes.ts - network-order access to frames, and addresses in their 16-byte form and on the wire. An address never crosses its family.

export const u8 = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;
export const u16 = (bytes: Uint8Array, at: number): number => (u8(bytes, at) << 8) | u8(bytes, at + 1);
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 0x10000 + u16(bytes, at + 2);

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 8) & 0xff;
  bytes[at + 1] = value & 0xff;
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  put16(bytes, at, value >>> 16);
  put16(bytes, at + 2, value & 0xffff);
}

/** Host order ↔ the value of a `_be` u16 field as a little-endian machine reads it. */
export const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >> 8);

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** IP version: 4 for IPv4, 6 for IPv6. */
export type Version = 4 | 6;

/** The 16-byte form of the address that stands at an offset of a frame. */
export function readAddress(bytes: Uint8Array, at: number, version: Version): Uint8Array {
  if (version === 6) return bytes.slice(at, at + 16);
  const address = new Uint8Array(16);
  address.fill(0xff, 10, 12);
  address.set(bytes.subarray(at, at + 4), 12);
  return address;
}

/** Writes an address in the length that its family has on the wire. */
export function writeAddress(bytes: Uint8Array, at: number, address: Uint8Array, version: Version): void {
  bytes.set(version === 6 ? address : address.subarray(12), at);
}

/** The address as it stands on the wire, as 16-bit words: 2 or 8. */
export function addressWords(address: Uint8Array, version: Version): number[] {
  const wire = version === 6 ? address : address.subarray(12);
  return Array.from({ length: wire.length / 2 }, (_, i) => u16(wire, 2 * i));
}

export const versionOf = (address: Uint8Array): Version =>
  address.subarray(0, 10).every((value) => value === 0) && address[10] === 0xff && address[11] === 0xff ? 4 : 6;

/** No address at all: 0.0.0.0 in its 16-byte form, or ::. */
export const isUnspecified = (address: Uint8Array): boolean =>
  address[10] === address[11] && address.every((value, i) => value === 0 || (value === 0xff && (i === 10 || i === 11)));

/** True if the prefix contains the address. A prefix shorter than 96 bits is IPv6 and contains no IPv4 address. */
export function inPrefix(address: Uint8Array, prefix: Uint8Array, prefixLength: number): boolean {
  if (prefixLength < 96 && versionOf(address) === 4) return false;
  for (let bit = 0; bit < prefixLength; bit += 8) {
    const keep = Math.min(8, prefixLength - bit);
    const mask = (0xff << (8 - keep)) & 0xff;
    if ((u8(address, bit >> 3) & mask) !== (u8(prefix, bit >> 3) & mask)) return false;
  }
  return true;
}

/** What NodePort frontends have as their address. */
export const UNSPECIFIED: Readonly<Record<Version, Uint8Array>> = {
  4: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0),
  6: new Uint8Array(16),
};
