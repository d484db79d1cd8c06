// affinity.ts - the clients that a node remembers for Services with session affinity, by name, and for how long.
import type { AffinityRow } from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';
import { formatBytes, formatEndpoint } from '../model/address.js';
import { swap16 } from '../wire/bytes.js';

/** One client of one Service port that a node remembers. */
export interface AffinityRecord {
  readonly node: string;
  readonly client: string;
  /** `namespace/name:port` */
  readonly service: string;
  /** `address:port` */
  readonly endpoint: string;
  /** Time until it is forgotten if it sends nothing more. */
  readonly secondsLeft: number;
}

/** A node's rows as records, youngest first. Expired rows, and rows unknown to the tables, are left out. */
export function affinityRecords(
  node: string,
  rows: readonly AffinityRow[],
  tables: TableSet | undefined,
  nowNs: bigint,
): AffinityRecord[] {
  if (!tables) return [];
  const services = new Map(tables.SERVICE.map((row, i) => [row.id, { row, name: tables.names.services[i] ?? '' }]));
  const endpoints = new Map(
    tables.BACKEND.map((row) => [row.id, formatEndpoint(formatBytes(row.address), swap16(row.port_be))]),
  );
  const records = rows.flatMap(({ client, serviceId, backendId, lastNs }): AffinityRecord[] => {
    const service = services.get(serviceId);
    const endpoint = endpoints.get(backendId);
    const age = Number((nowNs - lastNs) / 1_000_000_000n);
    const secondsLeft = (service?.row.affinitySeconds ?? 0) - age;
    if (!service || endpoint === undefined || secondsLeft < 0) return [];
    return [{ node, client: formatBytes(client), service: service.name, endpoint, secondsLeft }];
  });
  return records.sort((a, b) => b.secondsLeft - a.secondsLeft);
}
