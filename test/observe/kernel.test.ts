// kernel.test.ts - the real kernel does with one packet of every class what the tables of its mode do with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSides, packetText, type Side } from '../../src/observe/compare.js';
import type { ClassOutcome } from '../../src/observe/judge.js';
import { isBesideRules, isUnasked } from '../../src/observe/kerneljudge.js';
import { noKernelDataplane } from '../support/sandbox.js';
import { kernelOf, OPTIONS, tablesOf, testRandomClusters } from './kernelclusters.js';
import { exampleWorld } from './worlds.js';

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

testRandomClusters(1, 12);

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
