// ring.ts - Maglev: each backend's permutation and how the ring is filled (Eisenbud et al., NSDI 2016 §3.4).
//
// Every backend orders all slots by preference. Backends take turns, and each takes its first free slot. Shares are
// equal to within one slot, and when a backend leaves, few slots other than its own change hands.

import type { BackendRow, IndexRow, ServiceRow } from '../abi/abi.gen.js';
import { hashKey } from '../image/hash.js';
import type { TableSet } from '../image/table.js';
import { formatBytes, formatEndpoint } from '../model/address.js';
import { Fault } from '../model/fault.js';
import { swap16 } from '../wire/bytes.js';

/** Maximum number of ring slots in one image: 256 MiB. */
const MOST_SLOTS = 1 << 26;

/** Rings must be the same on every node and in every generation, so these seeds are fixed, not the image's. */
const OFFSET_SEED = 0x6f666673;
const SKIP_SEED = 0x736b6970;
const FREE = 0xffffffff;

export interface RingBackend {
  /** Unique. A name has the same preferences in every ring. */
  readonly name: string;
  /** Turns relative to the other backends; 0 = no slots, unless all have 0. */
  readonly weight: number;
}

function nameBytes(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 4);
  bytes.set(text);
  return bytes;
}

/** The slot that a backend prefers first, and the step to its next one, in a ring of `size` (prime) slots. */
export function preference(name: string, size: number): { offset: number; skip: number } {
  const bytes = nameBytes(name);
  return { offset: hashKey(bytes, OFFSET_SEED) % size, skip: (hashKey(bytes, SKIP_SEED) % (size - 1)) + 1 };
}

/**
 * The ring: slot → index in `backends`, which must not be empty. The order of `backends` does not matter.
 * @param size a prime
 */
export function maglevRing(backends: readonly RingBackend[], size: number): Uint32Array {
  const most = Math.max(...backends.map((backend) => backend.weight));
  const turns = backends
    .map(({ name, weight }, index) => ({ name, index, weight: most === 0 ? 1 : weight, ...preference(name, size) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.index - b.index));
  return fill(
    size,
    Uint32Array.from(turns, ({ index }) => index),
    Uint32Array.from(turns, ({ offset }) => offset),
    Uint32Array.from(turns, ({ skip }) => skip),
    Float64Array.from(turns, ({ weight }) => weight),
  );
}

/** Turn by turn. A weight below the largest waits until it has accumulated to that. */
function fill(
  size: number,
  index: Uint32Array,
  next: Uint32Array,
  skip: Uint32Array,
  weight: Float64Array,
): Uint32Array {
  const ring = new Uint32Array(size).fill(FREE);
  const turn = Math.max(...weight);
  const credit = new Float64Array(index.length);
  for (let filled = 0; ; ) {
    for (let i = 0; i < index.length; i++) {
      const saved = (credit[i] as number) + (weight[i] as number);
      credit[i] = saved < turn ? saved : saved - turn;
      if (saved < turn) continue;
      let slot = next[i] as number;
      const step = skip[i] as number;
      while (ring[slot] !== FREE) {
        slot += step;
        if (slot >= size) slot -= size;
      }
      ring[slot] = index[i] as number;
      next[i] = slot;
      if (++filled === size) return ring;
    }
  }
}

/** The name that places a backend in rings. */
export const ringName = (row: BackendRow): string => formatEndpoint(formatBytes(row.address), swap16(row.port_be));

/** The rings of one image. There are many slots and few backends, so one row object per index is shared. */
class Rings {
  readonly RING: IndexRow[] = [];
  readonly #tables: TableSet;
  readonly #size: number;
  readonly #rows = new Map<number, IndexRow>();

  constructor(tables: TableSet, size: number) {
    this.#tables = tables;
    this.#size = size;
  }

  #row(index: number): IndexRow {
    const known = this.#rows.get(index) ?? { index };
    this.#rows.set(index, known);
    return known;
  }

  /** First slot of the ring over a run of MEMBER; NONE for an empty one. */
  add(first: number, count: number): number {
    if (count === 0) return FREE;
    const { MEMBER, BACKEND } = this.#tables;
    const members = MEMBER.slice(first, first + count).map(({ index }) => index);
    const backends = members.map((index) => {
      const row = BACKEND[index] as BackendRow;
      return { name: ringName(row), weight: row.weight };
    });
    const start = this.RING.length;
    if (start + this.#size > MOST_SLOTS) {
      throw new Fault(
        'USAGE',
        `rings of ${this.#size} slots for this many Services take more than ${MOST_SLOTS} slots`,
        'Use a smaller --maglev-table-size.',
      );
    }
    for (const slot of maglevRing(backends, this.#size)) this.RING.push(this.#row(members[slot] ?? 0));
    return start;
  }
}

/** The tables with a ring added for every list of every Service. */
export function addRings(tables: TableSet, size: number): TableSet {
  const rings = new Rings(tables, size);
  const SERVICE = tables.SERVICE.map((service): ServiceRow => {
    const ringFirst = rings.add(service.clusterFirst, service.clusterCount);
    const localRingFirst = rings.add(service.localFirst, service.localCount);
    return { ...service, ringFirst, localRingFirst, ringCount: size };
  });
  return { ...tables, SERVICE, RING: rings.RING };
}
