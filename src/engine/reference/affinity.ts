// affinity.ts - the endpoints that clients used (sessionAffinity: ClientIP): 16,384 sets of four (native/law/affinity.md).
import { hashKey } from '../../image/hash.js';
import { sameBytes } from '../../wire/bytes.js';

const SETS = 16_384;
const WAYS = 4;

/** What an entry is stored under: a client alone, or with `endpoint` a client and one endpoint. */
export interface AffinityKey {
  readonly serviceId: number;
  readonly client: Uint8Array;
  /** Stable id of the endpoint; 0 = any. */
  readonly endpoint: number;
}

interface Place {
  readonly serviceId: number;
  readonly client: Uint8Array;
  readonly backendId: number;
  readonly lastNs: bigint;
}

/** [AFFINITY-1] */
function setOf(key: AffinityKey): number {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, key.serviceId, true);
  bytes.set(key.client, 4);
  view.setUint32(20, key.endpoint, true);
  return hashKey(bytes, 0) % SETS;
}

/** [AFFINITY-2] */
const fits = (place: Place, key: AffinityKey): boolean =>
  place.serviceId === key.serviceId &&
  sameBytes(place.client, key.client) &&
  (key.endpoint === 0 || place.backendId === key.endpoint);

export class AffinityTable {
  /** Null marks a place whose client was forgotten. */
  readonly #sets = new Map<number, (Place | null)[]>();

  /** The stable id of the endpoint if it was used within the last `seconds`. */
  find(key: AffinityKey, seconds: number, nowNs: bigint): number | null {
    const place = this.#sets.get(setOf(key))?.find((candidate) => candidate && fits(candidate, key));
    return place && nowNs - place.lastNs <= BigInt(seconds) * 1_000_000_000n ? place.backendId : null; // [AFFINITY-3]
  }

  /** Records a use. If the set is full, the least recently used place is replaced. */
  write(key: AffinityKey, backendId: number, nowNs: bigint): void {
    const number = setOf(key);
    const set = this.#sets.get(number) ?? [];
    this.#sets.set(number, set);
    const place = { serviceId: key.serviceId, client: key.client, backendId, lastNs: nowNs };
    const own = set.findIndex((candidate) => candidate && fits(candidate, key)); // [AFFINITY-8]
    const empty = set.indexOf(null);
    if (own >= 0) set[own] = place;
    else if (empty >= 0) set[empty] = place;
    else if (set.length < WAYS) set.push(place);
    else {
      const ages = set.map((candidate) => candidate?.lastNs ?? 0n);
      set[ages.reduce((best, last, i) => (last < (ages[best] ?? 0n) ? i : best), 0)] = place;
    }
  }

  /** Clears the entries of endpoints that are no longer wanted. */
  keepOnly(isWanted: (serviceId: number, backendId: number) => boolean): void {
    for (const set of this.#sets.values()) {
      for (const [i, place] of set.entries()) {
        if (place && !isWanted(place.serviceId, place.backendId)) set[i] = null;
      }
    }
  }
}
