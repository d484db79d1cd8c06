// fragment.ts - what first fragments record for later ones: 1,024 places, 30 seconds (native/law/fragments.md).
import { hashKey } from '../../image/hash.js';
import { put32, sameBytes } from '../../wire/bytes.js';
import type { IpHeader } from './packet.js';
import type { Ports } from './parse.js';

const PLACES = 1024;
const LIFETIME_NS = 30_000_000_000n;

interface FragmentRecord extends Ports {
  readonly protocol: number;
}

/** [FRAG-4] */
function recordKey(header: IpHeader): Uint8Array {
  const key = new Uint8Array(40);
  key.set(header.source, 0);
  key.set(header.destination, 16);
  put32(key, 32, header.identification);
  key[36] = header.fragmentProtocol;
  key[37] = header.version;
  return key;
}

export class FragmentTable {
  readonly #places = new Map<number, { key: Uint8Array; record: FragmentRecord; writtenNs: bigint }>();

  /** Records the ports of a first fragment, as received. A newer record overwrites whatever is in its place. */
  record(header: IpHeader, ports: Ports, nowNs: bigint): void {
    const key = recordKey(header);
    const record = { ...ports, protocol: header.protocol };
    this.#places.set(hashKey(key, 0) % PLACES, { key, record, writtenNs: nowNs }); // [FRAG-3]
  }

  /** What the first fragment of the same packet recorded, or null. */
  find(header: IpHeader, nowNs: bigint): FragmentRecord | null {
    const key = recordKey(header);
    const place = this.#places.get(hashKey(key, 0) % PLACES);
    if (!place || !sameBytes(place.key, key) || nowNs >= place.writtenNs + LIFETIME_NS) return null; // [FRAG-2]
    return place.record;
  }
}
