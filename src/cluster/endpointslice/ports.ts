// ports.ts - the port list of a slice: its identity and its order.
//
// Slices are grouped by their ports, and the list is ordered by a hash of each port, as k8s.io/endpointslice does
// (util.NewPortMapKey, FNV-1a over the dump of the Go struct): lists come out in the same order as in a real cluster.
import type { EndpointPort } from '../../model/objects.js';

/** FNV-1a, 128 bits (draft-eastlake-fnv): offset basis and prime. */
const FNV_BASIS = 144066263297769815596495629667062367629n;
const FNV_PRIME = 309485009821345068724781371n;
const MASK = (1n << 128n) - 1n;

/** Hashes that were computed already; the same few ports come again and again. */
const known = new Map<string, bigint>();
const KNOWN_LIMIT = 4096;

function hash(port: EndpointPort): bigint {
  const field = (type: string, value: unknown): string => `(*${type})${value ?? '<nil>'}`;
  const dump = [
    `Name:${field('string', port.name)}`,
    `Protocol:${field('v1.Protocol', port.protocol)}`,
    `Port:${field('int32', port.port)}`,
    `AppProtocol:${field('string', port.appProtocol)}`,
  ].join(' ');
  const before = known.get(dump);
  if (before !== undefined) return before;
  let value = FNV_BASIS;
  for (const byte of Buffer.from(`(v1.EndpointPort){${dump}}`)) value = ((value ^ BigInt(byte)) * FNV_PRIME) & MASK;
  if (known.size >= KNOWN_LIMIT) known.clear();
  known.set(dump, value);
  return value;
}

/** The list in the order of a real cluster. */
export function orderPorts(ports: readonly EndpointPort[]): EndpointPort[] {
  if (ports.length < 2) return [...ports];
  const hashed = ports.map((port) => ({ port, key: hash(port) }));
  return hashed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ port }) => port);
}

/** Equal for lists of the same ports in any order. */
export const portsKey = (ports: readonly EndpointPort[] | null | undefined): string =>
  (ports ?? [])
    .map(({ name, protocol, port, appProtocol }) =>
      JSON.stringify([name ?? '', protocol ?? 'TCP', port ?? null, appProtocol ?? null]),
    )
    .sort()
    .join('|');
