// tables.test.ts - tables follow the cluster: one generation for many changes, images only where something changed, refusals reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeImage } from '../../../src/image/decode.js';
import { applyPatch } from '../../../src/image/patch.js';
import { Tables } from '../../../src/lab/tables/tables.js';
import type { ClusterSnapshot, Service } from '../../../src/model/objects.js';
import { type PodWire, proxyConfig } from '../../../src/topology/attachment.js';
import { createTopology, FABRIC_ID } from '../../../src/topology/topology.js';

const topology = createTopology({ count: 2 });

const service = (clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    type: 'ClusterIP',
    clusterIP,
    clusterIPs: [clusterIP],
    ipFamilies: ['IPv4'],
    ports: [{ port: 80, protocol: 'TCP' }],
  },
});

/** A cluster and a dataplane of values. */
function world() {
  const state = {
    snapshot: { services: [], endpointSlices: [], nodes: [] } as ClusterSnapshot,
    wires: new Map<string, PodWire[]>(),
    images: new Map<number, Uint8Array>(),
    loads: [] as { node: number; generation: bigint }[],
    refuse: new Set<number>(),
    strategies: new Map<string, string>(),
    delays: new Map<string, number>(),
    reports: [] as string[],
  };
  const tables = new Tables({
    topology,
    strategyOf: (node) => state.strategies.get(node) ?? 'nftables',
    configOf: (mode) => proxyConfig(topology, mode),
    delayOf: (node) => state.delays.get(node) ?? 0,
    seed: 1,
    snapshot: () => state.snapshot,
    wires: (node) => state.wires.get(node) ?? [],
    isOn: () => true,
    settled: async () => undefined,
    load: async (node, { kind, bytes }, made) => {
      if (state.refuse.has(node)) throw new Error('BAD_ORDER');
      const image = kind === 'image' ? bytes : applyPatch(state.images.get(node) ?? new Uint8Array(), bytes).image;
      const { generation } = decodeImage(image);
      assert.equal(generation, made.tables.generation);
      state.images.set(node, image);
      state.loads.push({ node, generation });
    },
    report: (message) => state.reports.push(message),
  });
  return { state, tables };
}

test('the first generation gives every node and the fabric an image, an unchanged second one nobody', async () => {
  const { state, tables } = world();
  await tables.sync();
  const sorted = state.loads.map(({ node }) => node).sort();
  assert.deepEqual(sorted, [FABRIC_ID, 1, 2]);
  assert.ok(state.loads.every(({ generation }) => generation === 1n));
  await tables.sync();
  assert.equal(state.loads.length, 3);
});

test('changes within a moment share a generation', async () => {
  const { state, tables } = world();
  await tables.sync();
  const before = tables.runs;
  state.snapshot = { ...state.snapshot, services: [service('10.96.0.7')] };
  await Promise.all([tables.sync(), tables.sync(), tables.sync()]);
  assert.equal(tables.runs, before + 1);
  assert.deepEqual(state.loads.slice(3), [
    { node: 1, generation: 2n },
    { node: 2, generation: 2n },
  ]);
});

test('a change while a generation is being taken has a generation of its own', async () => {
  const { state, tables } = world();
  await tables.sync();
  const running = tables.sync();
  tables.onSync(() => {
    state.snapshot = { ...state.snapshot, services: [service('10.96.0.8')] };
  });
  await running;
  await tables.sync();
  assert.equal(tables.inForceOn(1)?.plan.services[0]?.clusterIP, '10.96.0.8');
});

test('a pod concerns its own node alone', async () => {
  const { state, tables } = world();
  await tables.sync();
  state.wires.set('node-2', [{ port: 2, id: 1, name: 'default/a', addresses: ['10.244.2.2'] }]);
  await tables.sync();
  assert.deepEqual(state.loads.slice(3), [{ node: 2, generation: 2n }]);
  assert.equal(tables.inForceOn(2)?.attachment.ports[2]?.name, 'pod/default/a');
});

test('a refused image leaves the old tables in force, is reported once, and is made good later', async () => {
  const { state, tables } = world();
  await tables.sync();
  state.refuse.add(1);
  state.snapshot = { ...state.snapshot, services: [service('10.96.0.9')] };
  await tables.sync();
  await tables.sync();
  assert.deepEqual(state.reports, ['node-1 keeps its old tables: BAD_ORDER']);
  assert.deepEqual([...tables.problems.keys()], [1]);
  assert.equal(tables.inForceOn(1)?.plan.services.length, 0);
  assert.equal(tables.inForceOn(2)?.plan.services.length, 1, 'the other node goes on');
  state.refuse.clear();
  await tables.sync();
  assert.deepEqual([...tables.problems.keys()], []);
  assert.equal(tables.inForceOn(1)?.tables.generation, 2n);
});

test('a node whose strategy changes gets tables of the other one, and plans by its mode', async () => {
  const { state, tables } = world();
  await tables.sync();
  state.strategies.set('node-2', 'ipvs');
  await tables.sync();
  assert.deepEqual(state.loads.slice(3), [{ node: 2, generation: 2n }]);
  assert.equal(tables.inForceOn(1)?.strategy, 'nftables');
  assert.equal(tables.inForceOn(2)?.strategy, 'ipvs');
  assert.equal(tables.inForceOn(2)?.plan.config.proxyMode, 'ipvs');
});

test('a node that is late follows later, by itself, and the others at once', async () => {
  const { state, tables } = world();
  state.delays.set('node-2', 150);
  await tables.sync();
  const before = performance.now();
  state.snapshot = { ...state.snapshot, services: [service('10.96.0.7')] };
  await tables.sync();
  assert.deepEqual(state.loads.slice(3), [{ node: 1, generation: 2n }]);
  await new Promise<void>((resolve) => tables.onSync(() => resolve()));
  assert.deepEqual(state.loads.slice(4), [{ node: 2, generation: 2n }]);
  assert.ok(performance.now() - before >= 150);
  await tables.close();
});
