// conntrack.test.ts - connection tracking is that of the real kernel, packet by packet: what comes out, states, and time left.
// Takes turns: it asks a real kernel.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../../../src/engine/reference/engine.js';
import type { Protocol } from '../../../support/conntrack-speakers.js';
import { play, playCourses } from '../../../support/conntrack-witness.js';
import { nativeEngine } from '../../../support/engines.js';
import { noKernelDataplane } from '../../../support/sandbox.js';
import { COURSES } from '../../../support/tcp-courses.js';

const native = await nativeEngine();
const SEED = Number(process.env.KUBEWIRE_SEED ?? 1);
const PACKETS = Number(process.env.KUBEWIRE_PACKETS ?? 1_000);
const PROTOCOLS: readonly (readonly Protocol[])[] = [['TCP'], ['SCTP'], ['UDP', 'ICMP', 'OTHER']];
const skip = noKernelDataplane('nftables');

for (const protocols of PROTOCOLS) {
  test(`${protocols.join(', ')}: the slow twin tracks as the kernel does`, { skip }, async (t) => {
    const options = { seed: SEED, packets: PACKETS, mode: 'nftables' as const, protocols };
    const { packets, states, differences } = await play({ ...options, create: createReferenceEngine });
    t.diagnostic(`${packets} packets; ${[...states].sort().join(', ')}`);
    assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.slice(0, 2).join('\n\n')}`);
  });
  test(`${protocols.join(', ')}: the dataplane tracks as the kernel does`, { skip: skip || native.skip }, async () => {
    const options = { seed: SEED + 1000, packets: PACKETS, mode: 'nftables' as const, protocols };
    const { differences } = await play({ ...options, create: native.make });
    assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.slice(0, 2).join('\n\n')}`);
  });
}

for (const mode of ['nftables', 'iptables'] as const) {
  test(`${mode}: connections as they are often met take the same course in the kernel`, {
    skip: skip || native.skip,
  }, async () => {
    const differences = await playCourses(COURSES, { mode, create: native.make });
    assert.equal(differences.length, 0, differences.slice(0, 2).join('\n\n'));
  });
}

test("kube-proxy's flags make the dataplane liberal and impatient, as they make the kernel", {
  skip: skip || native.skip,
}, async () => {
  const proxy = {
    conntrackTCPBeLiberal: true,
    conntrackTCPTimeoutEstablished: 1_000,
    conntrackTCPTimeoutCloseWait: 0,
    conntrackUDPTimeout: 11,
    conntrackUDPTimeoutStream: 700,
  };
  const options = {
    seed: SEED + 2000,
    packets: PACKETS,
    mode: 'iptables' as const,
    protocols: ['TCP', 'UDP'] as const,
  };
  for (const create of [createReferenceEngine, native.make]) {
    const { differences } = await play({ ...options, proxy, create });
    assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.slice(0, 2).join('\n\n')}`);
  }
});
