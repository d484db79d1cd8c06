// hash.ts - the hash of all slot sections: MurmurHash3 x86_32 (public domain algorithm) over little-endian 32-bit words.
//
// Twin of native/core/hash.h. Slot sections are open-addressed with linear probing; their length is a power of two at
// least twice the number of rows, so that a probe always ends at a free slot.
import { NONE } from '../abi/layout.js';

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

/** Unsigned 32-bit hash of a key whose length is a multiple of 4 bytes. */
export function hashKey(key: Uint8Array, seed: number): number {
  let h = seed | 0;
  for (let i = 0; i < key.length; i += 4) {
    let k = (key[i] ?? 0) | ((key[i + 1] ?? 0) << 8) | ((key[i + 2] ?? 0) << 16) | ((key[i + 3] ?? 0) << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = rotl(k, 15);
    k = Math.imul(k, 0x1b873593);
    h ^= k;
    h = rotl(h, 13);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= key.length;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** Key of FRONTEND_SLOT: address (16), port in network order (2), protocol (1), zero (1). `port_be` is the row's field. */
export function frontendKey(address: Uint8Array, port_be: number, protocol: number): Uint8Array {
  const key = new Uint8Array(20);
  key.set(address, 0);
  key[16] = port_be & 0xff;
  key[17] = port_be >> 8;
  key[18] = protocol;
  return key;
}

/** Host order ↔ the value of a `_be` u16 field as a little-endian machine reads it. */
export const swap16 = (value: number): number => ((value & 0xff) << 8) | (value >> 8);

/** Builds a slot section: `keys[i]` is the key of row `rows[i]` (row = i when omitted). Keys must be unique. */
export function buildSlots(keys: readonly Uint8Array[], seed: number, rows?: readonly number[]): { index: number }[] {
  let size = 8;
  while (size < keys.length * 2) size *= 2;
  const slots = new Uint32Array(size).fill(NONE);
  for (let i = 0; i < keys.length; i++) {
    let slot = hashKey(keys[i] as Uint8Array, seed) & (size - 1);
    while (slots[slot] !== NONE) slot = (slot + 1) & (size - 1);
    slots[slot] = rows?.[i] ?? i;
  }
  return Array.from(slots, (index) => ({ index }));
}
