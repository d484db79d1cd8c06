// affinity.ts - which endpoint a client used last (sessionAffinity: ClientIP): 16,384 sets of four places (native/README.md §7).
import { hashKey } from '../../image/hash.js';
import { sameBytes } from './bytes.js';

const SETS = 16_384;
const WAYS = 4;

interface Place {
  readonly key: Uint8Array;
  backendId: number;
  lastNs: bigint;
}

function affinityKey(serviceId: number, client: Uint8Array): Uint8Array {
  const key = new Uint8Array(20);
  new DataView(key.buffer).setUint32(0, serviceId, true);
  key.set(client, 4);
  return key;
}

export class AffinityTable {
  readonly #sets = new Map<number, Place[]>();

  /** Stable id of the endpoint, when it was used at most `seconds` ago. */
  find(serviceId: number, client: Uint8Array, seconds: number, nowNs: bigint): number | null {
    const key = affinityKey(serviceId, client);
    const place = this.#sets.get(hashKey(key, 0) % SETS)?.find((candidate) => sameBytes(candidate.key, key));
    return place && nowNs - place.lastNs <= BigInt(seconds) * 1_000_000_000n ? place.backendId : null;
  }

  /** Remembers a use. A full set loses the place that was used longest ago. */
  write(serviceId: number, client: Uint8Array, backendId: number, nowNs: bigint): void {
    const key = affinityKey(serviceId, client);
    const number = hashKey(key, 0) % SETS;
    const set = this.#sets.get(number) ?? [];
    this.#sets.set(number, set);
    const place = { key, backendId, lastNs: nowNs };
    const own = set.findIndex((candidate) => sameBytes(candidate.key, key));
    if (own >= 0) set[own] = place;
    else if (set.length < WAYS) set.push(place);
    else {
      const oldest = set.reduce((best, candidate, i) => (candidate.lastNs < (set[best]?.lastNs ?? 0n) ? i : best), 0);
      set[oldest] = place;
    }
  }
}
