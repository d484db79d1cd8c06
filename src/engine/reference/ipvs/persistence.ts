// persistence.ts - a client's destination at a virtual server: 16,384 sets of four places (native/law/ipvs.md).
import { hashKey } from '../../../image/hash.js';
import { sameBytes, swap16 } from '../../../wire/bytes.js';
import type { Tuple } from '../packet.js';
import type { Destination } from './destination.js';

const SETS = 16_384;
const WAYS = 4;

export interface Template {
  readonly key: Uint8Array;
  readonly destination: Destination;
  lastNs: bigint;
  /** Number of live connections made from it. */
  flows: number;
}

/** Client and virtual server, as bytes. */
function keyOf(tuple: Tuple): Uint8Array {
  const key = new Uint8Array(36);
  key.set(tuple.source, 0);
  key.set(tuple.destination, 16);
  new DataView(key.buffer).setUint16(32, swap16(tuple.destinationPort), true);
  key[34] = tuple.protocol;
  return key;
}

export class Templates {
  readonly #sets = new Map<number, Template[]>();

  /** The client's template, in whatever condition. */
  known(tuple: Tuple): Template | null {
    const key = keyOf(tuple);
    return this.#sets.get(hashKey(key, 0) % SETS)?.find((candidate) => sameBytes(candidate.key, key)) ?? null;
  }

  /** The client's template, if it is alive and its destination is still available. */
  find(tuple: Tuple, seconds: number, nowNs: bigint): Template | null {
    const place = this.known(tuple);
    if (!place) return null;
    const lives = place.flows > 0 || nowNs - place.lastNs <= BigInt(seconds) * 1_000_000_000n; // [IPVS-22]
    return lives && place.destination.available && place.destination.weight > 0 ? place : null;
  }

  /** Replaces the client's template with a new one. A full set loses its least recently used one. */
  make(tuple: Tuple, destination: Destination, nowNs: bigint): Template {
    const key = keyOf(tuple);
    const number = hashKey(key, 0) % SETS; // [IPVS-24]
    const set = this.#sets.get(number) ?? [];
    this.#sets.set(number, set);
    const made: Template = { key, destination, lastNs: nowNs, flows: 0 };
    const own = set.findIndex((candidate) => sameBytes(candidate.key, key));
    if (own >= 0) set[own] = made;
    else if (set.length < WAYS) set.push(made);
    else {
      const oldest = set.reduce((best, candidate, i) => (candidate.lastNs < (set[best]?.lastNs ?? 0n) ? i : best), 0);
      set[oldest] = made;
    }
    return made;
  }
}
