// audit.test.ts - one fault planted in a dump that is right: the audit finds it, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../../src/dump/audit/audit.js';
import { readDumps } from '../../src/dump/read/dump.js';
import { planOf } from '../../src/observe/fleet.js';
import type { World } from '../../src/observe/world.js';
import type { ProxyMode } from '../../src/plan/plan.js';
import { iptablesSave } from '../../src/render/iptables-save.js';
import { nftRuleset } from '../../src/render/nft.js';
import { exampleWorld } from '../observe/worlds.js';
import { FAULTS } from './faults.js';

const world = await exampleWorld('shop');
const planFor = (of: World) => (mode: ProxyMode) =>
  planOf(of, of.topology.nodes[0] as (typeof of.topology.nodes)[0], mode);
const plans = planFor(world);
const RIGHT = {
  iptables: iptablesSave(plans('iptables'), 'IPv4', false),
  nft: nftRuleset(plans('nftables'), ['IPv4']),
};

const findings = (texts: readonly string[]) =>
  audit(readDumps(texts.map((text, i) => ({ file: `dump-${i + 1}`, text }))), plans, []).findings;

for (const [dump, text] of Object.entries(RIGHT)) {
  test(`nothing is found where all is right (${dump})`, () => {
    assert.deepEqual(findings([text]), []);
  });
}

test('every fault is found, and nothing else', async (t) => {
  for (const { name, dump, plant, more = [], found } of FAULTS) {
    await t.test(`${name} (${dump})`, () => {
      const told = findings([plant(RIGHT[dump]), ...more]);
      assert.deepEqual(
        told.map(({ kind }) => kind),
        [found],
        told.map(({ kind, message, rule, line }) => `${kind}: ${message} | ${rule} | ${line}`).join('\n'),
      );
      assert.ok(told.every(({ affects, remedy }) => affects !== '' && remedy !== ''));
    });
  }
});
