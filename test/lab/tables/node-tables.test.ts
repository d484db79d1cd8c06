// node-tables.test.ts - when a node gets a patch and when a whole image, and what happens when one is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeImage } from '../../../src/image/decode.js';
import { applyPatch } from '../../../src/image/patch.js';
import { NodeTables, type Surroundings, type Update } from '../../../src/lab/tables/node-tables.js';
import type { ClusterSnapshot } from '../../../src/model/objects.js';
import { nodeAttachment, nodeView, proxyConfig } from '../../../src/topology/attachment.js';
import { createTopology, defaultNode } from '../../../src/topology/topology.js';
import { on, service, slice } from '../../plan/sample.js';

const TOPOLOGY = createTopology({ count: 2 });
const NODE = defaultNode(1);

const around = (more: Partial<Surroundings> = {}): Surroundings => ({
  view: nodeView(NODE),
  config: proxyConfig(TOPOLOGY, 'nftables'),
  strategy: 'nftables',
  attachment: nodeAttachment(TOPOLOGY, NODE, []),
  ...more,
});

const POD = { port: 2, id: 1, name: 'shop/a', addresses: ['10.244.1.5'] };
const [WEB, API] = [service('web', { clusterIP: '10.96.0.7' }), service('api', { clusterIP: '10.96.0.8' })];
const ONE: ClusterSnapshot = {
  services: [WEB],
  endpointSlices: [slice('web', [on('node-1', '10.244.1.5')])],
  nodes: [],
};
const TWO: ClusterSnapshot = { ...ONE, services: [WEB, API] };

/** A dataplane that takes what it is given, or refuses some kinds of it. */
function world() {
  const state = {
    refuses: new Set<Update['kind']>(),
    /** What was taken. */
    updates: [] as Update['kind'][],
    asked: 0,
    image: new Uint8Array(),
  };
  const tables = new NodeTables(1, async ({ kind, bytes }) => {
    state.asked++;
    if (state.refuses.has(kind)) throw new Error('refused');
    state.image = kind === 'image' ? Uint8Array.from(bytes) : Uint8Array.from(applyPatch(state.image, bytes).image);
    state.updates.push(kind);
  });
  const services = (): number => tables.inForce?.plan.services.length ?? 0;
  /** Rows of FRONTEND that the dataplane has. */
  const taken = (): number => decodeImage(state.image).FRONTEND.length;
  return { state, tables, services, taken };
}

test('an added Service is a patch, a pod or another strategy an image, and nothing new nothing', async () => {
  const { state, tables, taken } = world();
  await tables.follow(ONE, around());
  await tables.follow(TWO, around());
  await tables.follow(TWO, around());
  assert.deepEqual(state.updates, ['image', 'patch']);
  await tables.follow(TWO, around({ attachment: nodeAttachment(TOPOLOGY, NODE, [POD]) }));
  await tables.follow(TWO, around({ strategy: 'perfect', attachment: nodeAttachment(TOPOLOGY, NODE, [POD]) }));
  assert.deepEqual(state.updates, ['image', 'patch', 'image', 'image']);
  await tables.follow(ONE, around({ strategy: 'perfect', attachment: nodeAttachment(TOPOLOGY, NODE, [POD]) }));
  assert.equal(state.updates.at(-1), 'patch');
  assert.equal(taken(), 1);
  assert.equal(tables.inForce?.tables.generation, decodeImage(state.image).generation);
});

test('an image that would equal the one in force is not loaded, and patches go on from there', async () => {
  const { state, tables, taken } = world();
  const elsewhere = around({ config: { ...proxyConfig(TOPOLOGY, 'nftables'), ipvsScheduler: 'lc' } });
  await tables.follow(ONE, around());
  await tables.follow(ONE, elsewhere);
  assert.deepEqual(state.updates, ['image']);
  await tables.follow(TWO, elsewhere);
  assert.deepEqual(state.updates, ['image', 'patch']);
  assert.equal(taken(), 2);
});

test('a dataplane that refuses a patch gets an image', async () => {
  const { state, tables, services, taken } = world();
  await tables.follow(ONE, around());
  state.refuses.add('patch');
  await tables.follow(TWO, around());
  assert.deepEqual(state.updates, ['image', 'image']);
  assert.equal(services(), 2);
  state.refuses.clear();
  await tables.follow(ONE, around());
  assert.equal(state.updates.at(-1), 'patch');
  assert.equal(taken(), 1);
});

test('a dataplane that refuses everything keeps what it had, and is not given up', async () => {
  const { state, tables, services, taken } = world();
  await tables.follow(ONE, around());
  state.refuses.add('patch').add('image');
  await assert.rejects(tables.follow(TWO, around()), { message: 'refused' });
  assert.equal(state.asked, 3);
  assert.equal(services(), 1, 'what is in force is what was taken');
  await assert.rejects(tables.follow(TWO, around()), { message: 'refused' });
  state.refuses.clear();
  await tables.follow(TWO, around());
  assert.deepEqual(state.updates, ['image', 'image']);
  assert.equal(services(), 2);
  assert.equal(taken(), 2);
});
