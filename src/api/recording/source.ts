// source.ts - what can be recorded: the shards, and the tables that they are given.
import type { GivenTables, RecordingPool } from '../../engine/recording/recorder.js';
import type { InForce } from '../../lab/tables/node-tables.js';
import type { Topology } from '../../topology/topology.js';

export interface RecordingSource {
  readonly pool: RecordingPool;
  readonly topology: Topology;
  /** By node id; 0 is the fabric. */
  inForceOn(node: number): InForce | undefined;
  /** Calls the listener before a node is given tables; returns how to end that. */
  onTables(listener: (node: number, update: Pick<GivenTables, 'kind' | 'bytes'>, made: InForce) => void): () => void;
}
