// conformance.long.test.ts - a few of Kubernetes' tests, under several strategies in one lab, and on the kernel.
// Takes turns: whole labs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { playTests, testsNamed } from '../../src/story/conformance.js';
import { type Row, settingsOf } from '../../src/story/play.js';
import { labUnavailable } from '../e2e/harness.js';

const WORDS = ['HostPort validates', 'respect internalTrafficPolicy=Local Pod to Pod', 'node-Service: http'];

async function played(strategy: string, dataplane: string): Promise<string[]> {
  const rows: Row[] = [];
  await playTests(testsNamed(WORDS), settingsOf(strategy, dataplane), (row) => rows.push(row));
  return rows.map(({ name, strategy, result, reason }) => `${result} ${strategy} ${name} ${reason}`);
}

describe("Kubernetes' tests", { skip: labUnavailable() ?? false }, () => {
  test('pass under every strategy of one lab', async () => {
    const rows = await played('all', 'kubewire');
    assert.equal(rows.length, 15);
    assert.deepEqual(
      rows.filter((row) => !row.startsWith('passed')),
      [],
    );
  });

  test("pass with kube-proxy's rules in the kernel", async () => {
    const rows = await played('iptables', 'kernel-iptables');
    assert.equal(rows.length, 3);
    assert.deepEqual(
      rows.filter((row) => !row.startsWith('passed')),
      [],
    );
  });
});
