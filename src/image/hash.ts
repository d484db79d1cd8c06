// hash.ts - the hash used by all slot sections: MurmurHash3 x86_32 (public domain) over little-endian 32-bit words.
//
// Twin of native/core/hash.h. Slot sections use open addressing with linear probing. Their length is a power of two and
// at least twice the number of rows, so that every probe ends at a free slot.
import type { IndexRow } from '../abi/abi.gen.js';
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

/** Key of FRONTEND_SLOT: address (16), port in network order (2), protocol (1), zero (1). `port_be` is the row's field. [MATCH-1] */
export function frontendKey(address: Uint8Array, port_be: number, protocol: number): Uint8Array {
  const key = new Uint8Array(20);
  key.set(address, 0);
  key[16] = port_be & 0xff;
  key[17] = port_be >> 8;
  key[18] = protocol;
  return key;
}

/** Builds a slot section: `keys[i]` is the key of row `rows[i]` (row = i when omitted). Keys must be unique. */
export function buildSlots(keys: readonly Uint8Array[], seed: number, rows?: readonly number[]): IndexRow[] {
  let size = 8;
  while (size < keys.length * 2) size *= 2;
  const slots = new Uint32Array(size).fill(NONE);
  for (let i = 0; i < keys.length; i++) {
    let slot = hashKey(keys[i] as Uint8Array, seed) & (size - 1);
    while (slots[slot] !== NONE) slot = (slot + 1) & (size - 1);
    slots[slot] = rows?.[i] ?? i;
  }
  const made = new Array<IndexRow>(size);
  for (let i = 0; i < size; i++) made[i] = { index: slots[i] ?? NONE };
  return made;
}

/** One slot section while tables change: finds, adds and frees rows where `buildSlots` and lookups expect them. */
export class Slots {
  readonly #rows: IndexRow[];
  readonly #seed: number;
  readonly #keyOf: (row: number) => Uint8Array;
  #used: number;

  /**
   * @param used number of slots that hold a row
   * @param keyOf returns the key of a row that a slot holds
   */
  constructor(rows: IndexRow[], seed: number, used: number, keyOf: (row: number) => Uint8Array) {
    this.#rows = rows;
    this.#seed = seed;
    this.#used = used;
    this.#keyOf = keyOf;
  }

  /** True as long as probes stay short. */
  get hasRoom(): boolean {
    return this.#used * 4 < this.#rows.length * 3;
  }

  /** The slot that holds the row of a key, or the free slot at which its probe ends. */
  find(key: Uint8Array): number {
    const mask = this.#rows.length - 1;
    let slot = hashKey(key, this.#seed) & mask;
    for (;;) {
      const row = this.at(slot);
      if (row === NONE || sameKey(this.#keyOf(row), key)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** Row in a slot, or NONE. */
  at(slot: number): number {
    return this.#rows[slot]?.index ?? NONE;
  }

  put(slot: number, row: number): void {
    if (this.at(slot) === NONE) this.#used++;
    this.#rows[slot] = { index: row };
  }

  /**
   * Frees a slot and closes the gap, so that no probe ends too early (Knuth, TAOCP vol. 3, 6.4, algorithm R).
   * @returns the slots that changed
   */
  free(slot: number): number[] {
    const mask = this.#rows.length - 1;
    const changed = [slot];
    let gap = slot;
    for (let next = (slot + 1) & mask; this.at(next) !== NONE; next = (next + 1) & mask) {
      const home = hashKey(this.#keyOf(this.at(next)), this.#seed) & mask;
      // The row may move up unless its home slot comes after the gap.
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      this.#rows[gap] = { index: this.at(next) };
      gap = next;
      changed.push(gap);
    }
    this.#rows[gap] = { index: NONE };
    this.#used--;
    return changed;
  }
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
