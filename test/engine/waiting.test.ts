// waiting.test.ts - a shard that looks ahead in large tables does to every frame what a node does alone, and keeps their order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon } from '../../src/engine/addon.js';
import { createNativeEngine } from '../../src/engine/native.js';
import { createGate, type ShardAddon } from '../../src/engine/shard.js';
import { encodeImage } from '../../src/image/encode.js';
import { packet } from '../support/packet.js';
import { makeTables, type ServiceSpec, type TablesSpec } from '../support/tables.js';

const addon = loadAddon() as unknown as ShardAddon;
const POD = 2;
const SERVICES = 1500;

const services: ServiceSpec[] = Array.from({ length: SERVICES }, (_, i) => ({
  id: i + 1,
  frontends: [
    { kind: 'CLUSTER_IP', address: `10.96.${i >> 8}.${i & 255}`, port: 80, protocol: i % 2 === 0 ? 'TCP' : 'UDP' },
  ],
  cluster: [`10.244.2.${1 + (i % 200)}:8080`, `10.244.3.${1 + (i % 200)}:8080`],
}));

/** Everything goes back to the pod: what leaves the shard can be taken there, in order. */
const SPEC: TablesSpec = {
  strategy: 'PERFECT',
  nodeId: 1,
  ports: [{ kind: 'HOST' }, { kind: 'UPLINK', target: 0 }, { kind: 'POD' }, { kind: 'POD' }],
  routes: [{ prefix: '0.0.0.0/0', port: 3 }],
  services,
};

/** Beginnings, continuations, packets that no Service has, large frames, fragments, other protocols and noise. */
function frames(): Uint8Array[] {
  return Array.from({ length: 600 }, (_, i) => {
    const service = (i * 37) % SERVICES;
    const to = packet().ip4('10.244.1.5', `10.96.${service >> 8}.${service & 255}`);
    if (i % 29 === 0) return new Uint8Array(i % 60).fill(i);
    if (i % 23 === 0)
      return packet()
        .ip4('10.244.1.5', '198.51.100.1')
        .udp(4000 + i, 53)
        .frame(POD).bytes;
    if (i % 19 === 0)
      return to
        .tcp(4000 + i, 80, { flags: 'ACK' })
        .payload(new Uint8Array(3000))
        .frame(POD).bytes;
    return service % 2 === 0
      ? to.tcp(4000 + (i >> 1), 80, { flags: i % 3 === 0 ? 'ACK' : 'SYN' }).frame(POD).bytes
      : to.udp(4000 + (i >> 1), 80).frame(POD).bytes;
  });
}

test('frames that waited leave as if each had come alone, in their order', () => {
  const image = encodeImage(makeTables(SPEC));
  const [wakeFd, ringFd] = [addon.createWake(), addon.createWake()];
  const shard = new addon.Shard(0, 1, wakeFd, ringFd, createGate());
  const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
  shard.addNode(1, 5, 4096, cells);
  assert.equal(shard.loadImage(1, image), 0);
  for (const port of [POD, 3]) shard.attachMemory(1, port, 0x67);
  const engine = createNativeEngine({ seed: 5, flowCapacity: 4096 });
  engine.load(image, 0n);
  const expected: string[] = [];
  const seen: string[] = [];
  for (const bytes of frames()) {
    shard.put(1, POD, bytes);
    const { out } = engine.process({ port: POD, bytes }, 1n);
    if (out?.port === 3) expected.push(Buffer.from(out.bytes).toString('hex'));
  }
  for (let slice = 0; slice < 20; slice++) {
    shard.run(5, 0);
    for (const frame of shard.take(1, 3)) seen.push(Buffer.from(frame).toString('hex'));
  }
  assert.ok(expected.length > 400, String(expected.length));
  assert.deepEqual(seen, expected);
  assert.deepEqual(Array.from(cells).slice(0, COUNTERS.reasons), engine.counters().slice(0, COUNTERS.reasons));
  engine.close();
  shard.close();
  addon.closeFd(wakeFd);
  addon.closeFd(ringFd);
});
