// poolview.ts - the API's view of our dataplane: what its nodes track, remember and drop, with the names in the tables.
import type { Pool } from '../engine/pool.js';
import type { Tables } from '../lab/tables/tables.js';
import { affinityRecords } from '../observe/affinity.js';
import { flowRecords } from '../observe/conntrack.js';
import { lossRecords, tableRoom } from '../observe/losses.js';
import { FABRIC_ID, type Topology } from '../topology/topology.js';
import type { DataplaneView } from './dataplane.js';
import type { RecordingSource } from './recording/source.js';

/** @param onTables calls a listener before a node is given tables; returns how to end that */
export function poolView(
  topology: Topology,
  pool: Pool,
  tables: Tables,
  onTables: RecordingSource['onTables'],
): DataplaneView {
  const idOf = (name: string): number | undefined => topology.nodes.find((node) => node.name === name)?.id;
  const anyId = (name: string): number | undefined => (name === 'fabric' ? FABRIC_ID : idOf(name));
  const now = (): bigint => process.hrtime.bigint();
  return {
    async flows(name) {
      const id = idOf(name);
      return id === undefined ? undefined : flowRecords(name, await pool.flows(id), tables.inForceOn(id)?.tables);
    },
    async affinities(name) {
      const id = idOf(name);
      if (id === undefined) return undefined;
      return affinityRecords(name, await pool.affinities(id), tables.inForceOn(id)?.tables, now());
    },
    async losses(name) {
      const id = anyId(name);
      if (id === undefined) return undefined;
      const ports = tables.inForceOn(id)?.attachment.ports;
      const rows = await pool.losses(id);
      const counters = pool.counters(id);
      const items = lossRecords(name, counters, rows, now(), (port) => ports?.[port]?.name);
      return { items, table: tableRoom(name, counters) };
    },
    onSync: (listener) => tables.onSync((_, seconds) => listener(seconds)),
    capture: {
      tracer: pool,
      planeOf(id) {
        const name = id === FABRIC_ID ? 'fabric' : topology.nodes.find((node) => node.id === id)?.name;
        const made = tables.inForceOn(id);
        return made && name !== undefined ? { name, ...made } : undefined;
      },
    },
    recording: { pool, topology, onTables, inForceOn: (id) => tables.inForceOn(id) },
    ruling(name) {
      const id = anyId(name);
      return id === undefined ? undefined : tables.inForceOn(id);
    },
    counters(name) {
      const id = anyId(name);
      return id === undefined || !pool.hasNode(id) ? undefined : pool.counters(id);
    },
  };
}
