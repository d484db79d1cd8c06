// lookup.ts - the row of FRONTEND that a strategy's own lookup finds, as native/law/match.md describes it.
import { Strategy } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { frontendKey, hashKey } from '../../src/image/hash.js';
import { perfectHash } from '../../src/image/perfect.js';
import type { TableSet } from '../../src/image/table.js';

interface Keyed {
  readonly address: Uint8Array;
  readonly port_be: number;
  readonly protocol: number;
}

const hasKey = (row: Keyed, key: Uint8Array): boolean =>
  frontendKey(row.address, row.port_be, row.protocol).every((value, i) => value === key[i]);

const scale = (value: number, count: number): number => Number((BigInt(value) * BigInt(count)) >> 32n);

/** Row of PERFECT to which a key leads, whether it has the key or not. */
function perfectRowOf({ PILOT, hashSeed, buckets, spread }: TableSet, key: Uint8Array): number {
  const { high, low } = perfectHash(key, hashSeed);
  const pilotAt = (row: number): number => PILOT[row]?.index ?? 0;
  const pilot = pilotAt(scale(high, buckets));
  if (pilot >= 0x80000000) return pilot - 0x80000000;
  if (pilot < 0x40000000) return scale(Math.imul(low ^ Math.imul(pilot, 0x9e3779b1), 0x85ebca6b) >>> 0, spread);
  const bits = (pilot >>> 25) & 31;
  return pilotAt((pilot & 0x1ffffff) + (Math.imul(low, 0x9e3779b1) >>> (32 - bits))) - 0x80000000;
}

/** NONE when no row has the key. */
export function findFrontend(tables: TableSet, key: Uint8Array): number {
  if (tables.strategy === Strategy.IPTABLES) {
    const row = tables.FRONTEND.findIndex((row) => hasKey(row, key));
    return row < 0 ? NONE : row;
  }
  if (tables.strategy === Strategy.PERFECT) {
    const row = tables.PERFECT[perfectRowOf(tables, key)];
    return row && hasKey(row, key) ? row.frontend : NONE;
  }
  const slots = tables.FRONTEND_SLOT;
  for (let slot = hashKey(key, tables.hashSeed); ; slot++) {
    const index = slots[slot & (slots.length - 1)]?.index ?? NONE;
    const row = tables.FRONTEND[index];
    if (!row) return NONE;
    if (hasKey(row, key)) return index;
  }
}

/** Is the address in CLUSTER_IP_SLOT? */
export function isKnownAddress(tables: TableSet, address: Uint8Array): boolean {
  const slots = tables.CLUSTER_IP_SLOT;
  for (let slot = hashKey(address, tables.hashSeed); ; slot++) {
    const row = tables.FRONTEND[slots[slot & (slots.length - 1)]?.index ?? NONE];
    if (!row) return false;
    if (row.address.every((byte, i) => byte === address[i])) return true;
  }
}
