// kernel.test.ts - the real kernel does with one packet of every class what the tables of its mode do with it.
// Runs alone: it asks a real kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { KernelMode } from '../../src/lab/netfilter/rules.js';
import { compareSides, packetText, type Side } from '../../src/observe/compare.js';
import type { ClassOutcome } from '../../src/observe/judge.js';
import { isBesideRules, isUnasked } from '../../src/observe/kerneljudge.js';
import type { World } from '../../src/observe/world.js';
import { proxyConfig } from '../../src/topology/attachment.js';
import { createTopology } from '../../src/topology/topology.js';
import { randomCluster } from '../support/random-cluster.js';
import { noKernelDataplane } from '../support/sandbox.js';
import { Dice } from '../support/seed.js';
import { exampleWorld } from './worlds.js';

const tablesOf = (world: World, strategy: string): Side => ({
  label: strategy,
  world,
  strategy,
  createEngine: createReferenceEngine,
});
const kernelOf = (world: World, mode: KernelMode): Side => ({
  ...tablesOf(world, mode),
  label: 'kernel',
  kernel: mode,
});
const OPTIONS = { nodes: [], all: true, exact: false };

for (const mode of ['nftables', 'iptables'] as const) {
  const skip = noKernelDataplane(mode);
  for (const example of ['shop', 'differences']) {
    test(`the kernel and the tables agree on every class of ${example} under ${mode}`, { skip }, async (t) => {
      const world = await exampleWorld(example);
      const result = await compareSides([tablesOf(world, mode), kernelOf(world, mode)], OPTIONS);
      t.diagnostic(`${result.classes} classes`);
      assert.ok(result.classes > 300);
      const differing = result.groups.flatMap(({ kind, classes }) =>
        classes.map(({ node, packet }) => `${kind}: ${node}, ${packetText(packet)}`),
      );
      assert.deepEqual(differing, []);
    });
  }
}

const NODE_PORT_ADDRESSES = [[], [], ['primary'], ['192.168.0.0/24'], ['127.0.0.0/8'], ['192.168.0.11/32']] as const;

/** A random cluster on the nodes of the lab, under a random configuration of kube-proxy. */
function randomWorld(dice: Dice, mode: KernelMode): World {
  const topology = createTopology();
  const snapshot = randomCluster(dice);
  const config = {
    ...proxyConfig(topology, mode),
    nodePortAddresses: dice.pick(NODE_PORT_ADDRESSES),
    masqueradeAll: dice.chance(10),
    localhostNodePorts: dice.chance(20),
    detectLocalMode: dice.pick(['ClusterCIDR', 'ClusterCIDR', 'NodeCIDR', 'none'] as const),
  };
  return { topology, extraAddresses: new Map(), snapshot, pods: [], config, elsewhere: false };
}

const SEEDS = 12;

for (const mode of ['nftables', 'iptables'] as const) {
  test(`they agree on random clusters, too (${mode})`, { skip: noKernelDataplane(mode) }, async (t) => {
    let classes = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = randomWorld(new Dice(seed), mode);
      const sides = [tablesOf(world, mode), kernelOf(world, mode)] as const;
      const result = await compareSides(sides, { ...OPTIONS, nodes: ['node-1'] });
      classes += result.classes;
      const found = result.groups.flatMap(({ classes: all }) => all.map(({ packet }) => packetText(packet)));
      assert.deepEqual(found, [], `seed ${seed}`);
    }
    t.diagnostic(`${SEEDS} clusters, ${classes} classes`);
  });
}

/** No packet shows the rule. */
const isHealthCheck = ({ verdict, reason }: ClassOutcome): boolean => verdict === 'accept' || reason === 'HEALTH_CHECK';

test('two modes of the kernel differ where their tables do', { skip: noKernelDataplane('iptables') }, async () => {
  const world = await exampleWorld('differences');
  const verdicts = (sides: readonly [Side, Side]) =>
    compareSides(sides, OPTIONS).then(({ groups }) =>
      groups
        .flatMap(({ classes }) => classes)
        .filter(({ outcomes }) => !outcomes.some(isHealthCheck) && !outcomes.some(isBesideRules))
        .filter(({ packet }) => !isUnasked('', packet))
        .map(({ node, packet }) => `${node} ${packet.inPort} ${packetText(packet)}`)
        .sort(),
    );
  const tables = await verdicts([tablesOf(world, 'iptables'), tablesOf(world, 'nftables')]);
  const kernels = await verdicts([kernelOf(world, 'iptables'), kernelOf(world, 'nftables')]);
  assert.ok(tables.length > 20);
  assert.deepEqual(kernels, tables);
});
