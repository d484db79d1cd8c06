// territory.test.ts - which nodes are here and which elsewhere, and by whom the others are reached.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeNumbers, machineOf, nodeObject, numberOf } from '../../src/agent/nodes.js';
import { machinesIn, peersOf, Territory, WIRE_ADDRESS } from '../../src/agent/territory.js';
import type { KubeObject, Node } from '../../src/model/objects.js';
import { fabricAttachment, nodeAttachment, WIRE_PORT } from '../../src/topology/attachment.js';

const nodes = [nodeObject(2, 'a'), nodeObject(1, 'b')];
const stranger = { kind: 'Node', metadata: { name: 'kubewire-7', labels: {} } } as unknown as Node;
const leaseAt = (address: string): KubeObject => ({
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  metadata: { name: 'lease', annotations: { [WIRE_ADDRESS]: address } },
});

test('numbers of nodes follow from their names, and those of others have none', () => {
  assert.deepEqual([...nodes, stranger].map(numberOf), [2, 1, null]);
  assert.deepEqual(
    machinesIn([...nodes, stranger]).map(({ id, podCIDRs }) => [id, podCIDRs[0]]),
    [
      [1, '10.244.1.0/24'],
      [2, '10.244.2.0/24'],
    ],
  );
  assert.deepEqual([...freeNumbers(new Set([1, 3]), 4)], [2, 4]);
});

test('nodes elsewhere are reached by the wire, keep the addresses of pods, and are grouped by who holds them', () => {
  const territory = new Territory(1450, {});
  const machines = machinesIn(nodes);
  assert.equal(territory.update(machines, new Set(['kubewire-1'])), true);
  assert.equal(territory.update(machines, new Set(['kubewire-1'])), false);
  const { topology } = territory;
  const balance = { spread: new Map(), proxied: [] };
  const { ports, routes } = fabricAttachment(topology, balance, () => 1);
  assert.deepEqual(
    ports.map(({ name }) => name),
    ['wire', 'node/kubewire-1'],
  );
  const portOf = (prefix: string) => routes.find((route) => route.prefix === prefix)?.port;
  assert.deepEqual([portOf('10.244.2.0/24'), portOf('10.244.1.0/24')], [WIRE_PORT, 1]);
  const [here] = topology.nodes;
  assert.ok(here);
  assert.ok(nodeAttachment(topology, here, []).egressKeep.includes('10.244.2.0/24'));
  const peers = peersOf(topology.elsewhere ?? [], () => leaseAt('10.9.0.3'));
  const { addresses, podCIDRs } = machineOf(2);
  assert.deepEqual(peers, [
    { address: '10.9.0.3', prefixes: [`${addresses[0]}/32`, `${addresses[1]}/128`, ...podCIDRs] },
  ]);
});
