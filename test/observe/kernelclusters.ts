// kernelclusters.ts - sides for comparing tables with the real kernel, and random clusters on which they must agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { KernelMode } from '../../src/lab/netfilter/rules.js';
import { compareSides, packetText, type Side } from '../../src/observe/compare.js';
import type { World } from '../../src/observe/world.js';
import { proxyConfig } from '../../src/topology/attachment.js';
import { createTopology } from '../../src/topology/topology.js';
import { randomCluster } from '../support/random-cluster.js';
import { noKernelDataplane } from '../support/sandbox.js';
import { Dice } from '../support/seed.js';

export const tablesOf = (world: World, strategy: string): Side => ({
  label: strategy,
  world,
  strategy,
  createEngine: createReferenceEngine,
});
export const kernelOf = (world: World, mode: KernelMode): Side => ({
  ...tablesOf(world, mode),
  label: 'kernel',
  kernel: mode,
});
export const OPTIONS = { nodes: [], all: true, exact: false };

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

/** A test a mode: on the clusters of these seeds the kernel does what the tables say. */
export function testRandomClusters(first: number, last: number): void {
  for (const mode of ['nftables', 'iptables'] as const) {
    test(`they agree on random clusters, too (${mode})`, { skip: noKernelDataplane(mode) }, async (t) => {
      let classes = 0;
      for (let seed = first; seed <= last; seed++) {
        const world = randomWorld(new Dice(seed), mode);
        const sides = [tablesOf(world, mode), kernelOf(world, mode)] as const;
        const result = await compareSides(sides, { ...OPTIONS, nodes: ['node-1'] });
        classes += result.classes;
        const found = result.groups.flatMap(({ classes: all }) => all.map(({ packet }) => packetText(packet)));
        assert.deepEqual(found, [], `seed ${seed}`);
      }
      t.diagnostic(`${last - first + 1} clusters, ${classes} classes`);
    });
  }
}
