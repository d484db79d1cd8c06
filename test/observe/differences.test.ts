// differences.test.ts - compare names every documented difference between the modes of kube-proxy, and nothing else.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { loadManifests } from '../../src/manifest/load.js';
import { type Comparison, compareSides, type Side } from '../../src/observe/compare.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import type { World } from '../../src/observe/world.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { DIFFERENCES, DOCUMENTED, PAIRS } from '../support/documented-differences.js';

const CONFIG: Partial<ProxyConfig> = { serviceClusterIPRange: ['10.96.0.0/16'] };
const worldOf = (files: readonly string[], config: Partial<ProxyConfig> = {}): Promise<World> =>
  worldFromObjects(
    loadManifests(files.map((file) => join(DIFFERENCES, file))).objects.map(({ object }) => object),
    { impliedNode: null, config: { ...CONFIG, ...config } },
  );

function compare(world: World, a: string, b: string): Promise<Comparison> {
  const side = (strategy: string): Side => ({ label: strategy, world, strategy, createEngine: createReferenceEngine });
  return compareSides([side(a), side(b)], { nodes: [], all: true, exact: false });
}

const kindsOf = (result: Comparison): Set<string> => new Set(result.groups.map(({ kind }) => kind));

const PORT = 'a port that the address of a Service does not have';
const RANGE = 'an address of the Service range that no Service has';
const LOOPBACK = 'NodePorts on a loopback address';
const SHUT = 'a NodePort without usable endpoints, on an address where one side has no NodePorts';
const FAR = 'policy Local without an endpoint on the node';
const SELF = 'the source address of a client that is its own endpoint';
const DOORS = 'NodePorts on another address of the node';
const HEALTH = 'a health-check port, accepted by a rule or left alone';
const CLOSED = 'a source outside loadBalancerSourceRanges, and no endpoints';
const TWICE = 'source ranges on a load-balancer address that is also an external IP';
const INSIDE = 'policy Local, from a pod or the node itself';
const SEEN = 'the source address that endpoints see';
const OWN = "the node's own packet to an external address without endpoints";

for (const [file, kinds] of DOCUMENTED) {
  test(`${file} shows the differences that it is made for`, async () => {
    const world = await worldOf(['nodes.yaml', file]);
    for (const [i, [a, b]] of PAIRS.entries()) {
      const found = kindsOf(await compare(world, a, b));
      assert.deepEqual([...found].sort(), kinds[i], `${a} and ${b}`);
    }
  });
}

test('every file of the folder is looked at', () => {
  const files = readdirSync(DIFFERENCES).filter((name) => name.endsWith('.yaml') && name !== 'nodes.yaml');
  assert.deepEqual(files.sort(), [...DOCUMENTED.keys()].sort());
});

test('all of them together name all documented differences', async () => {
  const world = await worldOf(['']);
  const found = await Promise.all(PAIRS.map(async ([a, b]) => [...kindsOf(await compare(world, a, b))].sort()));
  assert.deepEqual(found[0], [CLOSED, DOORS, HEALTH, LOOPBACK, OWN, PORT, RANGE, SELF, SHUT, TWICE].sort());
  assert.deepEqual(found[1], [CLOSED, DOORS, FAR, HEALTH, INSIDE, PORT, RANGE, SEEN, SHUT].sort());
  assert.deepEqual(found[2], [FAR, INSIDE, LOOPBACK, OWN, PORT, SEEN, SELF, TWICE].sort());
});

test('a NodePort without endpoints outside --nodeport-addresses is rejected by iptables alone', async () => {
  const world = await worldOf(['nodes.yaml', 'closed-nodeport.yaml'], { nodePortAddresses: ['192.168.0.0/24'] });
  const groups = async (a: string, b: string) =>
    (await compare(world, a, b)).groups.filter(
      ({ kind, example }) => kind === SHUT && example.packet.destination === '192.168.1.11',
    );
  const [shut] = await groups('iptables', 'nftables');
  assert.equal(shut?.example.outcomes[0].verdict, 'reject');
  assert.equal(shut?.example.outcomes[1].verdict, 'none');
  assert.deepEqual(await groups('ipvs', 'nftables'), []);
});

test('a strategy is equal to itself, and strategies without a mode of their own are equal to nftables', async () => {
  const world = await worldOf(['']);
  for (const [a, b] of [
    ['ipvs', 'ipvs'],
    ['perfect', 'nftables'],
    ['ebpf', 'nftables'],
  ] as const) {
    const result = await compare(world, a, b);
    assert.deepEqual(result.groups, [], `${a} and ${b}`);
    assert.ok(result.classes > 300);
  }
});

test('every example of a difference shows a rule on at least one side', async () => {
  const result = await compare(await worldOf(['']), 'iptables', 'nftables');
  for (const { kind, classes } of result.groups) {
    for (const { rules } of classes) assert.ok((rules?.[0].length ?? 0) + (rules?.[1].length ?? 0) > 0, kind);
  }
});
