// events.test.ts - Events: one store for both groups, repetitions counted, floods stopped, an hour and a budget.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.js';
import { Correlator } from '../../../src/cluster/events/correlator.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { applied, deployment, ManualClock, pod, testCluster } from '../fixtures.js';

interface Told extends KubeObject {
  readonly involvedObject: { readonly kind: string };
  readonly count: number;
  readonly message: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
}

/** Events about pods; those about the nodes of the cluster do not matter here. */
const told = (cluster: Cluster): readonly Told[] =>
  cluster.store.list<Told>('Event').filter(({ involvedObject }) => involvedObject.kind === 'Pod');
const silent = pod('p', {});

const OCCASION = { component: 'c', host: '', about: 'Pod/default/p', type: 'Normal', reason: 'Why' };

test('the same Event again raises its count and its last time', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  const events = cluster.recorder.of('tester');
  for (let i = 0; i < 3; i++) {
    events.warn(silent, 'Why', 'because');
    await manual.advance(60, cluster);
  }
  assert.equal(told(cluster).length, 1);
  const [{ count, firstTimestamp, lastTimestamp } = {} as Told] = told(cluster);
  assert.deepEqual([count, firstTimestamp, lastTimestamp], [3, '2026-01-01T00:00:00Z', '2026-01-01T00:02:00Z']);
  await cluster.close();
});

test('ten similar Events in ten minutes become one', () => {
  const correlator = new Correlator();
  const messages = Array.from({ length: 12 }, (_, i) => correlator.correlate(OCCASION, `no. ${i}`, 0)?.message);
  assert.equal(messages[8], 'no. 8');
  assert.deepEqual(
    messages.slice(9),
    [9, 10, 11].map((i) => `(combined from similar events): no. ${i}`),
  );
  const ids = [20, 21].map((i) => correlator.correlate(OCCASION, `no. ${i}`, 0)?.id);
  assert.equal(ids[0], ids[1]);
  assert.equal(correlator.correlate(OCCASION, 'later', 700_000)?.message, 'later');
});

test('a source tells 25 Events about an object at once, then one in five minutes; other objects are not affected', () => {
  const correlator = new Correlator();
  const tell = (about: string, now: number): boolean => correlator.correlate({ ...OCCASION, about }, 'x', now) !== null;
  const first = Array.from({ length: 30 }, () => tell('a', 0));
  assert.equal(first.filter(Boolean).length, 25);
  assert.deepEqual(
    [tell('b', 0), tell('a', 299_000), tell('a', 301_000), tell('a', 302_000)],
    [true, false, true, false],
  );
});

test('an Event goes an hour after it was last written', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  const events = cluster.recorder.of('tester');
  events.normal(silent, 'Once', 'x');
  events.normal(silent, 'Twice', 'x');
  await manual.advance(1800, cluster);
  events.normal(silent, 'Twice', 'x');
  await manual.advance(1799, cluster);
  assert.equal(told(cluster).length, 2);
  await manual.advance(2, cluster);
  assert.deepEqual(
    told(cluster).map(({ reason }) => reason),
    ['Twice'],
  );
  await manual.advance(1800, cluster);
  assert.equal(told(cluster).length, 0);
  await cluster.close();
});

test('Events take no more memory than their budget: the oldest go', async () => {
  const manual = new ManualClock();
  const eventLimits = { ttlMs: 3_600_000, bytes: 100_000 };
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer, eventLimits });
  for (let i = 0; i < 500; i++) cluster.recorder.of('tester').normal(pod(`p-${i}`, {}), 'Why', 'x'.repeat(500));
  await cluster.settled();
  const names = told(cluster).map(({ metadata }) => metadata.name.split('.')[0]);
  assert.ok(names.length > 10 && names.length < 150, `${names.length} are left`);
  assert.ok(names.includes('p-499') && !names.includes('p-0'));
  await cluster.close();
});

test('Events in core/v1 and events.k8s.io/v1 are the same objects', async () => {
  const cluster = testCluster();
  cluster.recorder.of('tester', 'node-1').warn(silent, 'Why', 'because');
  const [event] = told(cluster);
  const newer = cluster.store.kinds.ofPath('events.k8s.io', 'v1', 'events');
  const shown = newer?.view?.fromStored(event as KubeObject) as Record<string, unknown>;
  assert.deepEqual([shown.note, shown.deprecatedCount, shown.reportingController], ['because', 1, 'tester']);
  assert.deepEqual(cluster.store.list(newer ?? 'Event'), cluster.store.list('Event'));
  await cluster.close();
});

test('names, addresses and uids of a cluster do not depend on its Events', async () => {
  const made = async (events: boolean): Promise<string[]> => {
    const cluster = testCluster();
    if (events) for (let i = 0; i < 7; i++) cluster.recorder.of('tester').normal(pod(`p-${i}`, {}), 'Why', 'x');
    await applied(cluster, deployment('web', 2));
    const names = cluster.store.list('Pod').map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
    await cluster.close();
    return names;
  };
  assert.deepEqual(await made(true), await made(false));
});

test('a recorded state gets no Events', async () => {
  const cluster = testCluster({ recorded: true });
  await applied(cluster, deployment('web', 1));
  assert.equal(told(cluster).length, 0);
  await cluster.close();
});
