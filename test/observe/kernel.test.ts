// kernel.test.ts - the real kernel does with one packet of every class what the tables of its mode do with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { KernelMode } from '../../src/lab/kernel-dataplane/rules.js';
import { KernelNode } from '../../src/lab/kernel-node/node.js';
import { PacketSpace } from '../../src/observe/classes.js';
import { buildFirst } from '../../src/observe/first.js';
import { type Dataplane, Fleet } from '../../src/observe/fleet.js';
import { type Answer, Interview, wired } from '../../src/observe/interview.js';
import { type ClassOutcome, Judge } from '../../src/observe/judge.js';
import { noKernelDataplane } from '../support/sandbox.js';
import { exampleWorld } from './worlds.js';

/** A plan whose clients are not remembered: what a choice remembers is no matter of first packets. */
function forgetful({ plan }: Dataplane): Dataplane['plan'] {
  return { ...plan, services: plan.services.map((service) => ({ ...service, affinitySeconds: 0 })) };
}

const told = (verdict: string, backends: Answer['backends']): string =>
  [
    verdict,
    ...backends.map(({ address, port, masquerade }) => `${address} ${port}${masquerade ? '*' : ''}`).sort(),
  ].join(' ');

/** What no rule touches is told apart by wires alone, and those are not the same here; a health check is an answer of the node. */
const plain = ({ verdict }: Pick<ClassOutcome, 'verdict'>): string => (verdict === 'accept' ? 'none' : verdict);

/**
 * Classes in which our dataplane does something of its own beside the rules of Services: addresses that nobody may use, what
 * would go back where it came from, and a CNI's masquerading, which a node without an address of the family cannot do.
 */
const isOurOwn = (key: string, { reason }: ClassOutcome): boolean =>
  key.startsWith('special') || reason === 'SOURCE_LOOP' || reason === 'NAT_PORTS_EXHAUSTED';

async function askEveryClass(plane: Dataplane, mode: KernelMode): Promise<{ classes: number; packets: number }> {
  const space = new PacketSpace([plane.tables]);
  const judge = new Judge(plane, createReferenceEngine);
  const node = await KernelNode.start(forgetful(plane), wired(plane.attachment), mode);
  const interview = new Interview(node);
  let [classes, packets] = [0, 0];
  try {
    for (const { key, packet } of space.classes()) {
      const outcome = judge.judge(packet);
      if (isOurOwn(key, outcome)) continue;
      const answer = await interview.ask({
        open: (sourcePort) => ({ inPort: packet.inPort, bytes: buildFirst(packet, sourcePort) }),
        expected: outcome.backends.length,
      });
      const place = `${plane.name}: ${JSON.stringify(packet)}: ${outcome.reason}`;
      assert.equal(told(plain(answer), answer.backends), told(plain(outcome), outcome.backends), place);
      classes++;
      packets += answer.packets;
    }
    return { classes, packets };
  } finally {
    node.close();
    judge.close();
  }
}

for (const mode of ['nftables', 'iptables'] as const) {
  for (const example of ['shop', 'differences']) {
    test(`the kernel and the tables agree on every class of ${example} under ${mode}`, {
      skip: noKernelDataplane(mode),
    }, async (t) => {
      const fleet = new Fleet(await exampleWorld(example), mode, createReferenceEngine);
      const counts: { classes: number; packets: number }[] = [];
      for (const { id } of fleet.world.topology.nodes)
        counts.push(await askEveryClass(fleet.node(id) as Dataplane, mode));
      fleet.close();
      const sum = (field: 'classes' | 'packets'): number => counts.reduce((total, count) => total + count[field], 0);
      t.diagnostic(`${sum('classes')} classes, ${sum('packets')} connections`);
      assert.ok(sum('classes') > 100);
    });
  }
}
