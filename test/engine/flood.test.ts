// flood.test.ts - a node under attack keeps its established connections, says what it dropped, and serves new ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTACKS, attack } from '../../bench/flood.js';

/** More packets than the table has room for. */
const PLAN = { packets: 50_000, established: 4096, capacity: 16_384, seed: 1 };

/** What else than a rewritten or forwarded packet an attack may end as. */
const DROPS: Readonly<Record<string, string>> = {
  'SYN flood from outside': 'NAT_PORTS_EXHAUSTED',
  fragments: 'FRAGMENT_UNKNOWN',
};

for (const kind of ATTACKS) {
  test(`${kind}: no established connection is lost, drops have a reason, and new connections are served`, () => {
    const { lost, ends, dropped, tried, served, servedLater } = attack({ ...PLAN, kind });
    assert.equal(lost, 0, 'packets of established connections');
    const counted = ends.reduce((sum, { count }) => sum + count, 0);
    assert.equal(counted, PLAN.packets, 'every packet of the attack has one end');
    const expected = ['SERVICE', 'FORWARDED', DROPS[kind]];
    assert.deepEqual(
      ends.map(({ reason }) => reason).filter((reason) => !expected.includes(reason)),
      [],
    );
    assert.ok(dropped > 0, 'flows that nobody answered made room');
    assert.deepEqual([served, servedLater], [tried, tried]);
  });
}
