// glance.test.ts - frames that are looked at before their turn: what becomes of them is what becomes of them one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBench, makeCluster, tablesOf } from '../../bench/cluster.js';
import { FRAME_BYTES, frames, number4, SYN, shuffled } from '../../bench/packets.js';
import { LAYOUT } from '../../src/abi/abi.gen.js';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon, type NodeEngine } from '../../src/engine/addon.js';
import { encodeImage } from '../../src/image/encode.js';
import { FIRST_POD_PORT } from '../../src/topology/attachment.js';

/** Enough that strategy perfect looks ahead in its tables; the frames are enough that it looks ahead for flows, too. */
const SERVICES = 1500;
const FRAMES = 12_000;
const CAPACITY = 16_384;
const NOW = 1_000_000_000n;

const POD = { port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] };

/** Flows as text, in the order of their records, and the counters. */
function memoryOf(node: NodeEngine, cells: BigUint64Array): string[] {
  const size = LAYOUT.FlowRow.size;
  const bytes = new Uint8Array(node.flowCount() * size);
  const rows = node.flows(bytes, NOW);
  const flows = Array.from({ length: rows }, (_, i) =>
    Buffer.from(bytes.subarray(i * size, (i + 1) * size)).toString('hex'),
  );
  return [...flows, ...Array.from(cells, String)];
}

test('looking ahead changes no frame’s fate: Services, ports and addresses without one, connections that are known', () => {
  const image = encodeImage(tablesOf(makeBench([POD]), makeCluster(SERVICES, 3), 'perfect', 1, 5));
  const order = shuffled(FRAMES, 3);
  const packet = { source: number4('10.244.1.2'), destination: 0, sourcePort: 0, destinationPort: 80 };
  const batch = frames(FRAMES, FIRST_POD_PORT, SYN, (place) => {
    const i = order[place] ?? 0;
    // Some come twice, some go behind the last Service, some to a port that no Service has.
    packet.sourcePort = 1024 + (i % 11_000);
    packet.destination = number4('10.96.0.1') + ((i % 11_000) % (SERVICES + 40));
    packet.destinationPort = i % 19 === 0 ? 81 : 80;
    return packet;
  });
  const fresh = () => {
    const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
    const node = new (loadAddon().NodeEngine)(9, CAPACITY, cells);
    assert.equal(node.load(image, NOW), 0);
    return { node, cells };
  };
  const together = fresh();
  together.node.processBatch(batch.bytes, batch.lengths, batch.ports, 1, NOW);
  const single = fresh();
  const offload = new Uint32Array(6);
  const decision = new Uint8Array(LAYOUT.Decision.size);
  const out = new Uint8Array(2048);
  for (let i = 0; i < FRAMES; i++) {
    const bytes = batch.bytes.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES);
    single.node.process(bytes, FRAME_BYTES, FIRST_POD_PORT, offload, NOW, decision, out);
  }
  assert.ok(together.node.flowCount() > 9000);
  assert.deepEqual(memoryOf(together.node, together.cells), memoryOf(single.node, single.cells));
});
