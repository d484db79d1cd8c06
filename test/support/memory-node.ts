// memory-node.ts - one node on a shard of its own: its host and a pod 10.244.1.5, with memory for devices.
import assert from 'node:assert/strict';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon } from '../../src/engine/addon.js';
import { createGate, type ShardAddon } from '../../src/engine/shard.js';
import { encodeImage } from '../../src/image/encode.js';
import { makeTables } from './tables.js';

const addon = loadAddon() as unknown as ShardAddon;
/** Its ports. */
export const HOST = 0;
export const POD = 1;

/** @param more routes beside that to the pod */
export function memoryNode(
  t: { after(end: () => void): void },
  more: readonly { prefix: string; port: number }[] = [],
) {
  const [wakeFd, ringFd] = [addon.createWake(), addon.createWake()];
  const shard = new addon.Shard(0, 1, wakeFd, ringFd, createGate());
  t.after(() => {
    shard.close();
    for (const fd of [wakeFd, ringFd]) addon.closeFd(fd);
  });
  const tables = makeTables({
    nodeId: 1,
    address4: '192.168.0.11',
    ports: [{ kind: 'HOST' }, { kind: 'POD' }],
    routes: [{ prefix: '10.244.1.5/32', port: POD }, ...more],
  });
  const counters = new BigUint64Array(new SharedArrayBuffer(8 * COUNTERS.cells));
  shard.addNode(1, 1, 1024, counters);
  assert.equal(shard.loadImage(1, encodeImage(tables)), 0);
  for (const port of [HOST, POD]) shard.attachMemory(1, port, 0);
  return { shard, tables, counters };
}
