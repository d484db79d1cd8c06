// shares.test.ts - how often each endpoint is chosen, as schedulers and rings have it; and that compare sees the difference.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scheduler } from '../../src/abi/abi.gen.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { TableSet } from '../../src/image/table.js';
import type { FirstPacket } from '../../src/observe/classes.js';
import type { Dataplane } from '../../src/observe/fleet.js';
import { type ClassOutcome, Judge, sameOutcome } from '../../src/observe/judge.js';
import { kindOf, pairTexts } from '../../src/observe/kinds.js';
import { makeTables } from '../support/tables.js';

const PACKET: FirstPacket = {
  inPort: 1,
  source: '203.0.113.10',
  destination: '10.96.0.1',
  protocol: 'TCP',
  destinationPort: 80,
};

/** A Service with three endpoints of weights 3, 1 and 0, and what a change of its row makes of it. */
function tablesWith(change: (tables: TableSet) => void): TableSet {
  const cluster = ['10.244.2.1:80', '10.244.2.2:80', '10.244.2.3:80'];
  const frontends = [{ kind: 'CLUSTER_IP' as const, address: '10.96.0.1', port: 80 }];
  const tables = makeTables({
    ports: [{ kind: 'HOST' }, { kind: 'UPLINK' }],
    routes: [{ prefix: '0.0.0.0/0', port: 1, nextHop: 0 }],
    services: [{ flags: ['HAS_ENDPOINTS'], frontends, cluster }],
  });
  for (const [i, weight] of [3, 1, 0].entries()) {
    const row = tables.BACKEND[i];
    if (row) row.weight = weight;
  }
  change(tables);
  return tables;
}

const judge = (tables: TableSet): ClassOutcome =>
  new Judge({ tables, isNode: true } as unknown as Dataplane, createReferenceEngine).judge(PACKET);

const scheduled = (scheduler: number): ClassOutcome =>
  judge(
    tablesWith(({ SERVICE }) => {
      const row = SERVICE[0];
      if (row) row.scheduler = scheduler;
    }),
  );

const sharesIn = ({ backends }: ClassOutcome): string =>
  backends.map(({ address, probability }) => `${address.slice(-1)}:${probability.toFixed(2)}`).join(' ');

test('draws are even, whatever the weights', () => {
  assert.equal(sharesIn(scheduled(Scheduler.RANDOM)), '1:0.33 2:0.33 3:0.33');
});

test('weighted schedulers follow weights, others leave out weight 0 alone', () => {
  for (const name of ['WRR', 'WLC', 'SED', 'NQ', 'SH', 'MH', 'TWOS'] as const) {
    assert.equal(sharesIn(scheduled(Scheduler[name])), '1:0.75 2:0.25', name);
  }
  for (const name of ['RR', 'LC', 'DH', 'LBLC', 'LBLCR'] as const) {
    assert.equal(sharesIn(scheduled(Scheduler[name])), '1:0.50 2:0.50', name);
  }
});

test('failover and overflow take the heaviest', () => {
  assert.equal(sharesIn(scheduled(Scheduler.FO)), '1:1.00');
  assert.equal(sharesIn(scheduled(Scheduler.OVF)), '1:1.00');
});

test('a ring gives each endpoint its slots', () => {
  const outcome = judge(
    tablesWith(({ SERVICE, RING }) => {
      RING.push(...[0, 1, 0, 0, 1].map((index) => ({ index })));
      const row = SERVICE[0];
      if (row) Object.assign(row, { ringFirst: 0, ringCount: 5 });
    }),
  );
  assert.equal(sharesIn(outcome), '1:0.60 2:0.40');
});

test('other shares of the same endpoints are a difference of their own kind', () => {
  const a = judge(
    tablesWith(({ MEMBER, SERVICE }) => {
      MEMBER.length = 2;
      const row = SERVICE[0];
      if (row) Object.assign(row, { clusterCount: 2, servingCount: 0, scheduler: Scheduler.WRR });
    }),
  );
  const b = scheduled(Scheduler.RR);
  assert.equal(sameOutcome(a, b), false);
  assert.equal(kindOf([a, b], PACKET), 'other shares of the endpoints');
  const [said, otherwise] = pairTexts([a, b]);
  assert.match(said, /^to one of 2 endpoints, .*, \S+:\d+ \d+\.\d %, \S+:\d+ \d+\.\d %$/);
  assert.notEqual(said, otherwise);
});
