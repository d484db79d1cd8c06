// rehearsal.long.test.ts - migrate --rehearse: what differs between two modes is really sent in a lab, and comes out as foretold.
// Takes turns: whole labs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { labUnavailable, root, User } from './harness.js';

interface Rehearsed {
  readonly kind: string;
  readonly met: readonly [string, string];
  readonly asForetold: boolean;
}

describe('a change of mode is rehearsed', { skip: labUnavailable() ?? false }, () => {
  const user = new User();
  after(() => user.leave());

  async function rehearsed(from: string, to: string, path: string): Promise<Rehearsed[]> {
    const words = [
      'migrate',
      '--from',
      from,
      '--to',
      to,
      '--rehearse',
      '-f',
      join(root, 'examples', path),
      '-o',
      'json',
    ];
    const { stdout } = await user.run(words);
    const { rehearsal } = JSON.parse(stdout) as { rehearsal: Rehearsed[] };
    assert.deepEqual(
      rehearsal.filter(({ asForetold }) => !asForetold),
      [],
    );
    return rehearsal;
  }

  test('with stand-ins for the endpoints of a recorded state', async () => {
    const rehearsal = await rehearsed('iptables', 'nftables', 'differences');
    const met = (kind: string) => rehearsal.filter((one) => one.kind === kind).map((one) => one.met);
    const [loopback] = met('NodePorts on a loopback address');
    assert.deepEqual(loopback, ['answered by endpoint-10-244-1-4, who saw 192.168.0.11', 'refused']);
    assert.deepEqual(met('a source outside loadBalancerSourceRanges, and no endpoints')[0], ['refused', 'no answer']);
  });

  test('with the pods of manifests', async () => {
    const [own] = await rehearsed('ipvs', 'iptables', 'shop');
    assert.ok(own);
  });
});
