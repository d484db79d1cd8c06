// conformance.long.test.ts - one of Kubernetes' tests under every strategy, in one lab that is switched, and on the kernel.
// Takes turns: whole labs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { playTests, testsNamed } from '../../src/story/conformance.js';
import { type Row, settingsOf } from '../../src/story/play.js';
import { labUnavailable } from '../e2e/harness.js';

async function played(strategy: string, dataplane: string): Promise<string[]> {
  const rows: Row[] = [];
  await playTests(testsNamed(['HostPort validates']), settingsOf(strategy, dataplane), (row) => rows.push(row));
  return rows.map((row) => `${row.strategy}: ${row.result} ${row.reason}`.trim());
}

describe("Kubernetes' test of hostPorts", { skip: labUnavailable() ?? false }, () => {
  test('passes under every strategy of one lab', async () => {
    assert.deepEqual(
      await played('all', 'kubewire'),
      STRATEGY_NAMES.map((name) => `${name}: passed`),
    );
  });

  test("passes with kube-proxy's rules in the kernel", async () => {
    assert.deepEqual(await played('iptables', 'kernel-iptables'), ['iptables: passed']);
  });
});
