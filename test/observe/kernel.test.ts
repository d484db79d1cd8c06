// kernel.test.ts - the real kernel does with one packet of every class what the tables of its mode do with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { KernelMode } from '../../src/lab/kernel-dataplane/rules.js';
import { compareSides, type DifferingClass, packetText, type Side } from '../../src/observe/compare.js';
import type { ClassOutcome } from '../../src/observe/judge.js';
import { isBesideRules } from '../../src/observe/kerneljudge.js';
import type { World } from '../../src/observe/world.js';
import { noKernelDataplane } from '../support/sandbox.js';
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

/** No packet shows the rule. */
const isHealthCheck = ({ verdict, reason }: ClassOutcome): boolean => verdict === 'accept' || reason === 'HEALTH_CHECK';

/** KUBE-FIREWALL drops them under iptables, for no program sends any: tables leave them alone. */
const isForeignToLoopback = ({ packet, outcomes: [a] }: DifferingClass): boolean =>
  packet.destination === '127.0.0.1' && packet.source !== packet.destination && a.verdict !== 'dnat';

test('two modes of the kernel differ where their tables do', { skip: noKernelDataplane('iptables') }, async () => {
  const world = await exampleWorld('differences');
  const verdicts = (sides: readonly [Side, Side]) =>
    compareSides(sides, OPTIONS).then(({ groups }) =>
      groups
        .flatMap(({ classes }) => classes)
        .filter(({ outcomes }) => !outcomes.some(isHealthCheck) && !outcomes.some(isBesideRules))
        .filter((found) => !isForeignToLoopback(found))
        .map(({ node, packet }) => `${node} ${packet.inPort} ${packetText(packet)}`)
        .sort(),
    );
  const tables = await verdicts([tablesOf(world, 'iptables'), tablesOf(world, 'nftables')]);
  const kernels = await verdicts([kernelOf(world, 'iptables'), kernelOf(world, 'nftables')]);
  assert.ok(tables.length > 20);
  assert.deepEqual(kernels, tables);
});
