// tuning.test.ts - the flags of a new lab that say what its dataplane may use.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TuningFlags, tuningOf } from '../../../src/cli/lab/tuning.js';
import type { DataplaneName } from '../../../src/lab/netfilter/names.js';

const CORES = 4;
const tuned = (flags: TuningFlags, dataplane: DataplaneName = 'kubewire') => tuningOf(flags, dataplane, 'up', CORES);

test('a node tracks as many connections as kube-proxy would ask nf_conntrack_max for', () => {
  assert.deepEqual(tuned({}), {});
  assert.deepEqual(tuned({ conntrackMaxPerCore: '65536' }), { flowCapacity: 65_536 * CORES });
  assert.deepEqual(tuned({ conntrackMaxPerCore: '1000' }), { flowCapacity: 131_072 }, 'the least is kube-proxy’s');
  assert.deepEqual(tuned({ conntrackMaxPerCore: '1000', conntrackMin: '0' }), { flowCapacity: 4000 });
  assert.deepEqual(tuned({ conntrackMin: '500000' }), { flowCapacity: 500_000 });
  assert.deepEqual(tuned({ conntrackMaxPerCore: '0', conntrackMin: '500000' }), {}, 'zero leaves it as it is');
  assert.deepEqual(tuned({ conntrackMaxPerCore: '4194304' }), { flowCapacity: 1 << 22 }, 'no table is larger');
});

test('limits that cannot be are refused by the name of their flag', () => {
  assert.throws(() => tuned({ conntrackMaxPerCore: '1k' }), /--conntrack-max-per-core/);
  assert.throws(() => tuned({ conntrackMin: '-1' }), /--conntrack-min/);
  assert.throws(() => tuned({ busyPoll: '5000' }), /--busy-poll/);
  assert.throws(() => tuned({ conntrackMin: '1000' }, 'kernel-nftables'), /first network namespace of the machine/);
});

test('how long a thread asks for frames before it sleeps is passed on, and zero is an answer', () => {
  assert.deepEqual(tuned({ busyPoll: '0' }), { busyPollUs: 0 });
  assert.deepEqual(tuned({ busyPoll: '20' }), { busyPollUs: 20 });
});
