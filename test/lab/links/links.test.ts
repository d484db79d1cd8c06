// links.test.ts - kind Link: what is wrong with one, when it is in force, what its counts are, and who refuses it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINK_CELLS } from '../../../src/abi/loop.js';
import { createCluster } from '../../../src/cluster/cluster.js';
import { startLinks } from '../../../src/emulator/links.js';
import type { EmulatorOptions } from '../../../src/emulator/options.js';
import type { Plane } from '../../../src/emulator/plane.js';
import { Cleanup } from '../../../src/lab/host/cleanup.js';
import { Links } from '../../../src/lab/links/links.js';
import { effectsOf, linkIssues } from '../../../src/lab/links/spec.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { createTopology } from '../../../src/topology/topology.js';

const link = (spec: object, name = 'l'): KubeObject => ({
  ...{ apiVersion: 'kubewire.dev/v1alpha1', kind: 'Link' },
  metadata: { name, uid: name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec,
});

test('every word of a link that cannot be meant is told with its place', () => {
  const wrong = {
    from: 'web',
    to: 'svc/web',
    delay: 'soon',
    loss: '120%',
    rate: '0bit',
    mtu: 70_000,
    down: 'yes',
    seed: -1,
  };
  const places = linkIssues(link({ ...wrong, distribution: 'odd', corrupt: '5%%' })).map(({ message }) => message);
  for (const key of [...Object.keys(wrong), 'distribution', 'corrupt']) {
    assert.ok(
      places.some((text) => text.includes(`spec.${key}`)),
      `${key} in ${places.join('\n')}`,
    );
  }
  assert.deepEqual(linkIssues(link({ loss: 'gemodel 1% 10%', delay: '20ms', rate: '10mbit', to: 'any' })), []);
  assert.equal(linkIssues(link({ loss: 'gemodel' })).length, 1);
  assert.deepEqual(linkIssues(link({ loss: '5% 25%', jitter: '5ms 10%', reorder: '1% 0%', samples: [-1, 1] })), []);
  const odd = { loss: '5% 125%', jitter: '5ms 10% 1%', reorder: '1% x', duplicate: '1% 2% 3%', samples: [1.5] };
  assert.equal(linkIssues(link(odd)).length, 5);
  for (const samples of [[], [40_000], 'x', new Array(20_000).fill(0)])
    assert.equal(linkIssues(link({ samples })).length, 1);
});

test('units are those of tc', () => {
  const effects = effectsOf({ delay: '1500', jitter: '0.5ms', rate: '125kbps', loss: '50%', duplicate: '100%' });
  assert.deepEqual(
    [effects.delayNs, effects.jitterNs, effects.rate, effects.loss, effects.duplicate],
    [1_500_000n, 500_000n, 1_000_000n, 2 ** 31, 2 ** 32 - 1],
  );
});

test('a second word is a correlation, and samples stand one after another', () => {
  const effects = effectsOf({ loss: '5% 25%', jitter: '5ms 50%', corrupt: '1%' });
  assert.deepEqual(
    [effects.lossCorrelation, effects.jitterCorrelation, effects.corruptCorrelation, effects.jitterNs],
    [2 ** 30, 2 ** 31, 0, 5_000_000n],
  );
});

test('a link is in force from its time on and for as long as it lasts; what it counted stays', async (t) => {
  const state = { now: 0, told: [] as number[], cells: [] as BigUint64Array[] };
  const objects = [link({ at: '10s', for: '5s', down: true })];
  const links = new Links({
    topology: createTopology({}),
    list: <T>(kind: string) => (kind === 'Link' ? objects : []) as T[],
    clock: () => new Date(Date.parse('2026-01-01T00:00:00Z') + state.now),
    link: async ({ rows }) => {
      state.told.push(rows.length);
      state.cells = [new BigUint64Array(LINK_CELLS.cells)];
      return state.cells;
    },
  });
  t.after(() => links.close());
  const active = async (now: number): Promise<boolean | undefined> => {
    state.now = now;
    await links.sync();
    return links.counts()[0]?.active;
  };
  assert.equal(await active(9_999), false);
  assert.equal(await active(10_000), true);
  const [cells] = state.cells;
  assert.ok(cells);
  cells[LINK_CELLS.matched] = 5n;
  assert.equal(links.counts()[0]?.matched, 5);
  assert.equal(await active(14_999), true);
  assert.equal(await active(15_000), false);
  assert.equal(links.counts()[0]?.matched, 5);
  assert.equal(state.told.length, 3, 'nothing, the link, nothing: what has not changed is not told again');
});

test('where the kernel carries the packets, a link is refused and says why', () => {
  const cluster = createCluster({});
  const options = { topology: createTopology({}), clock: () => new Date() } as unknown as EmulatorOptions;
  assert.equal(startLinks(options, cluster, { link: null } as Plane, new Cleanup()), null);
  const { refused } = cluster.apply([link({ down: true })]);
  assert.match(refused[0]?.error.message ?? '', /the kernel carries the packets of this lab/);
  cluster.close();
});
