// topology.test.ts - the emulated network as data, how nodes and fabric are wired, and the places of pods.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NodeWires } from '../../src/lab/pods/wires.js';
import type { Node } from '../../src/model/objects.js';
import { FIRST_POD_PORT, fabricAttachment, macOf, nodeAttachment } from '../../src/topology/attachment.js';
import {
  createTopology,
  defaultNode,
  FABRIC_ID,
  gatewayOf,
  linkOf,
  MAX_NODES,
  validateTopology,
} from '../../src/topology/topology.js';

const topology = createTopology();
const [first, second] = topology.nodes;
assert.ok(first && second);

test('the default lab has three nodes, an outside client and no issue', () => {
  assert.deepEqual(
    topology.nodes.map((node) => [node.name, node.id, node.addresses[0], node.podCIDRs[1]]),
    [
      ['node-1', 1, '192.168.0.11', 'fd00:10:244:1::/64'],
      ['node-2', 2, '192.168.0.12', 'fd00:10:244:2::/64'],
      ['node-3', 3, '192.168.0.13', 'fd00:10:244:3::/64'],
    ],
  );
  assert.deepEqual(topology.clusterCIDRs, ['10.244.0.0/16', 'fd00:10:244::/48']);
  assert.deepEqual(validateTopology(topology), []);
});

test('a lab of any allowed size is valid', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (count) => {
      assert.deepEqual(validateTopology(createTopology({ count })), []);
    }),
    { numRuns: 20 },
  );
});

test('too many nodes, doubled addresses and overlapping ranges are issues with their field', () => {
  const fields = (change: object): string[] => validateTopology({ ...topology, ...change }).map(({ field }) => field);
  assert.deepEqual(fields({ nodes: Array.from({ length: MAX_NODES + 1 }, (_, i) => defaultNode(i + 1)) })[0], 'nodes');
  assert.deepEqual(fields({ nodes: [] }), []);
  assert.deepEqual(fields({ nodes: [first, { ...second, addresses: first.addresses }] }), [
    'nodes[1].addresses[0]',
    'nodes[1].addresses[1]',
  ]);
  assert.deepEqual(fields({ nodes: [{ ...first, addresses: ['192.168.0.245'] }] }), ['nodes[0].addresses[0]']);
  assert.deepEqual(fields({ nodes: [{ ...first, addresses: ['192.168.0.1'] }] }), ['nodes[0].addresses[0]']);
  assert.deepEqual(fields({ nodes: [first, { ...second, podCIDRs: ['10.244.1.128/25'] }] }), ['nodes[1].podCIDRs[0]']);
  assert.deepEqual(fields({ nodes: [{ ...first, podCIDRs: ['10.96.0.0/24'] }] }), ['nodes[0].podCIDRs[0]']);
});

test('Node objects describe the machines, and what they leave open has the default of their number', () => {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'alpha', labels: { disk: 'ssd' } },
    spec: { podCIDRs: ['172.20.5.0/24'] },
  };
  const described = createTopology({ nodes: [node] });
  assert.equal(described.nodes.length, 1);
  const [alpha] = described.nodes;
  assert.deepEqual(alpha?.addresses, ['192.168.0.11', 'fd00:192:168::11']);
  assert.deepEqual(alpha?.podCIDRs, ['172.20.5.0/24']);
  assert.equal(alpha?.labels['kubernetes.io/hostname'], 'alpha');
  assert.equal(alpha?.labels.disk, 'ssd');
  assert.deepEqual(described.clusterCIDRs, ['172.20.5.0/24']);
});

test('every MAC is unicast, locally administered and of one owner alone', () => {
  const seen = new Set<string>();
  for (const owner of ['node', 'host', 'pod', 'client'] as const) {
    for (const id of [0, 1, 255, 256, 0xffffff]) {
      const mac = macOf(owner, id);
      assert.match(mac, /^02(:[0-9a-f]{2}){5}$/);
      seen.add(mac);
    }
  }
  assert.equal(seen.size, 20);
});

test('a node reaches its pods by their ports, other nodes directly, and everything else through the fabric', () => {
  const wire = { port: 3, id: 9, name: 'shop/web', addresses: ['10.244.1.7', 'fd00:10:244:1::7'] };
  const { ports, routes } = nodeAttachment(topology, first, [wire]);
  assert.deepEqual(
    ports.map(({ kind, name }) => [kind, name]),
    [
      ['HOST', 'node/node-1'],
      ['UPLINK', 'uplink'],
      ['POD', 'vacant'],
      ['POD', 'pod/shop/web'],
    ],
  );
  const route = (prefix: string) => routes.find((candidate) => candidate.prefix === prefix);
  assert.deepEqual(route('10.244.1.7/32'), { prefix: '10.244.1.7/32', kind: 'FORWARD', port: 3, nextHop: -1 });
  assert.equal(route('192.168.0.11/32')?.kind, 'LOCAL');
  assert.equal(route('10.244.1.0/24')?.kind, 'UNREACHABLE');
  assert.deepEqual([route('10.244.2.0/24')?.nextHop, route('fd00:192:168::12/128')?.nextHop], [2, 2]);
  assert.deepEqual([route('0.0.0.0/0')?.nextHop, route('::/0')?.nextHop], [FABRIC_ID, FABRIC_ID]);
});

test('the fabric has an uplink a node and spreads an address over nodes of its own family', () => {
  const { ports, spread, router } = fabricAttachment(
    topology,
    { spread: new Map([['fd00:192:168::f0', [first, second]]]), proxied: [] },
    () => 5,
  );
  assert.equal(router, true);
  assert.deepEqual(
    ports.map(({ name, peer }) => [name, peer]),
    [
      ['node/node-1', 1],
      ['node/node-2', 2],
      ['node/node-3', 3],
      ['client/outside', undefined],
    ],
  );
  assert.deepEqual(spread[0]?.nodes, ['fd00:192:168::11', 'fd00:192:168::12']);
});

test('a pod keeps its port, and ports and addresses are given away again only when they were released', () => {
  const wires = new NodeWires(first);
  const a = wires.take('default/a', 1);
  const b = wires.take('default/b', 2);
  assert.ok(a && b);
  assert.deepEqual([a.port, b.port], [FIRST_POD_PORT, FIRST_POD_PORT + 1]);
  wires.unplug(a);
  assert.deepEqual(wires.wires, [b]);
  const c = wires.take('default/c', 3);
  assert.equal(c?.port, FIRST_POD_PORT + 2, 'the port of a pod that is going away is not free yet');
  wires.release(a);
  const d = wires.take('default/d', 4);
  assert.equal(d?.port, a.port);
  assert.notDeepEqual(d?.addresses, a.addresses, 'an address is not reused at once');
});

test('a gateway is the first address of the range, and never the machine itself', () => {
  assert.equal(gatewayOf(linkOf('192.168.0.11'), '192.168.0.11'), '192.168.0.1');
  assert.equal(gatewayOf(linkOf('172.30.0.1'), '172.30.0.1'), '172.30.0.2');
  assert.equal(gatewayOf(linkOf('fd00::5:1'), 'fd00::5:1'), 'fd00::1');
});
