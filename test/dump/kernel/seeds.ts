// seeds.ts - a test for each random set of rules: the kernel's way of every packet is one of those that our walk tells.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { noKernelDataplane } from '../../support/sandbox.js';
import { SHAPES, type Shape } from '../shapes.js';
import { isIptables, judge, type Kind, randomRules } from './judge.js';

const noIpset = (): string | false => (spawnSync('ipset', ['--version']).status === 0 ? false : 'needs ipset');

/** Why the kernel cannot judge rules of a kind here; false where it can. */
const noJudge = (kind: Kind): string | false =>
  noKernelDataplane(isIptables(kind) ? 'iptables' : 'nftables') || (isIptables(kind) && noIpset());

/** @param packets to each set of rules */
export function testSeeds(kind: Kind, first: number, last: number, packets: number, isIPv6 = false): void {
  const about = `${kind}${isIPv6 ? ', IPv6' : ''}`;
  test(`the kernel and the walk name the same rules in the same order (${about})`, {
    skip: noJudge(kind),
  }, async (t) => {
    for (let seed = first; seed <= last; seed++) {
      const trying = randomRules(kind, seed, isIPv6);
      const found = await judge(trying, seed, packets);
      assert.deepEqual(
        found.slice(0, 3),
        [],
        `seed ${seed}: ${found.length} of ${packets} packets differ, under\n${trying.rules}`,
      );
    }
    t.diagnostic(`${last - first + 1} sets of rules, ${(last - first + 1) * packets} packets`);
  });
}

/** What their heads tell is open, of the node's own packets who sends them, and what nft cannot put in its own words. */
const OPEN = ['the (user|group) of the program', 'xt (match|target)', '# '];
const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Rules of iptables are judged twice: as iptables-save prints them, and as nft does. */
const KINDS: Readonly<Record<Shape['kind'], readonly Kind[]>> = {
  iptables: ['iptables', 'iptables as nft'],
  nft: ['nft'],
};

/** @param packets to each set of rules */
export function testShapes(packets: number): void {
  for (const [i, { name, kind, rules, ipsets, unknown }] of SHAPES.entries()) {
    test(`the kernel and the walk agree about ${name}`, { skip: noJudge(kind) }, async () => {
      const open = new RegExp([...OPEN, ...unknown.map(quoted)].join('|'));
      for (const one of KINDS[kind]) {
        const found = await judge({ kind: one, rules, ipsets, open }, i + 1, packets);
        assert.deepEqual(found.slice(0, 3), [], `${one}: ${found.length} of ${packets} packets differ`);
      }
    });
  }
}
