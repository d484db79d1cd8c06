// seeds.ts - a test for each random set of rules: the kernel's way of every packet is one of those that our walk tells.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { noKernelDataplane } from '../../support/sandbox.js';
import { iptablesRules, judge, type Kind, nftRules } from './judge.js';

/** Why sets cannot be loaded. */
const noIpset = (): string | false => (spawnSync('ipset', ['--version']).status === 0 ? false : 'needs ipset');

/** @param packets to each set of rules */
export function testSeeds(kind: Kind, first: number, last: number, packets: number): void {
  const skip = noKernelDataplane(kind === 'iptables' ? 'iptables' : 'nftables') || (kind === 'iptables' && noIpset());
  test(`the kernel and the walk name the same rules in the same order (${kind})`, { skip }, async (t) => {
    for (let seed = first; seed <= last; seed++) {
      const rules = kind === 'iptables' ? iptablesRules(seed) : nftRules(seed);
      const found = await judge(kind, rules, seed, packets);
      assert.deepEqual(
        found.slice(0, 3),
        [],
        `seed ${seed}: ${found.length} of ${packets} packets differ, under\n${rules}`,
      );
    }
    t.diagnostic(`${last - first + 1} sets of rules, ${(last - first + 1) * packets} packets`);
  });
}
