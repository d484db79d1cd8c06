// conntrack.long.test.ts - connection tracking is that of the real kernel, at length: every protocol, both modes, both engines.
// Runs alone: a kernel node of its own, and minutes of packets.
//
// KUBEWIRE_PACKETS says how many packets each part plays at least, KUBEWIRE_SEED where the seeds begin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../../../src/engine/reference/engine.js';
import type { Protocol } from '../../../support/conntrack-speakers.js';
import { play } from '../../../support/conntrack-witness.js';
import { nativeEngine } from '../../../support/engines.js';
import { noKernelDataplane } from '../../../support/sandbox.js';

const native = await nativeEngine();
const FIRST_SEED = Number(process.env.KUBEWIRE_SEED ?? 50_001);
const PACKETS = Number(process.env.KUBEWIRE_PACKETS ?? 10_000);
/** TCP has the most to get wrong. */
const PARTS: readonly (readonly Protocol[])[] = [['TCP'], ['TCP'], ['SCTP'], ['UDP', 'ICMP', 'OTHER']];
const skip = noKernelDataplane('nftables') || native.skip;

let seed = FIRST_SEED;
for (const mode of ['nftables', 'iptables'] as const) {
  for (const [name, create] of [
    ['the dataplane', native.make],
    ['the slow twin', createReferenceEngine],
  ] as const) {
    for (const protocols of PARTS) {
      const own = seed++;
      test(`${mode}, ${protocols.join(', ')}: ${name} tracks as the kernel does, seed ${own}`, { skip }, async (t) => {
        const { packets, states, differences } = await play({ seed: own, packets: PACKETS, mode, protocols, create });
        t.diagnostic(`${packets} packets; ${[...states].sort().join(', ')}`);
        assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.slice(0, 2).join('\n\n')}`);
      });
    }
  }
}
