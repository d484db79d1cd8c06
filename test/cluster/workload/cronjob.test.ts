// cronjob.test.ts - CronJobs: the moments of a schedule, what is missed, what may run at once, and the history.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import { missedSince, parseSchedule } from '../../../src/cluster/workload/cronjob/schedule.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';
import { applied, eventsAbout, ManualClock, node, settled, testCluster } from '../fixtures.js';

function cron(spec: object = {}): KubeObject {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'image:1' }] } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default' },
    spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template } }, ...spec },
  };
}

const jobs = (cluster: Cluster): string[] => cluster.store.list('Job').map(({ metadata }) => metadata.name);
const statusOf = (cluster: Cluster) =>
  cluster.store.get('CronJob', 'default', 'tick')?.status as {
    active?: { name: string }[];
    lastScheduleTime?: string;
    lastSuccessfulTime?: string;
  };

const MOMENTS: readonly [schedule: string, timeZone: string | undefined, after: string, next: string][] = [
  ['*/5 * * * *', undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:05:00Z'],
  ['@daily', undefined, '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
  ['@midnight', undefined, '2026-01-01T12:00:00Z', '2026-01-02T00:00:00Z'],
  ['@every 90s', undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:01:30Z'],
  ['@every 1h30m', undefined, '2026-01-01T00:00:00Z', '2026-01-01T01:30:00Z'],
  ['0 9 * * *', 'Europe/Berlin', '2026-07-01T00:00:00Z', '2026-07-01T07:00:00Z'],
  ['0 9 * * *', 'Europe/Berlin', '2026-01-01T00:00:00Z', '2026-01-01T08:00:00Z'],
  // A day of the month or a day of the week: either is enough.
  ['0 0 13 * 5', undefined, '2026-01-01T12:00:00Z', '2026-01-02T00:00:00Z'],
];

for (const [schedule, timeZone, after, next] of MOMENTS)
  test(`after ${after} "${schedule}" in ${timeZone ?? 'UTC'} comes at ${next}`, () => {
    assert.equal(parseSchedule(schedule, timeZone)(Date.parse(after)), Date.parse(next));
  });

test('a schedule or a time zone that does not exist is refused when it is read', () => {
  assert.throws(() => parseSchedule('99 * * * *'));
  assert.throws(() => parseSchedule('* * * * *', 'Mars/Olympus')(0));
});

test('what was missed in a year of minutes is found at once, also where moments are not even', () => {
  const began = Date.parse('2025-01-01T00:00:30Z');
  const now = Date.parse('2026-01-01T00:00:30Z');
  const minutely = missedSince(parseSchedule('* * * * *'), began, now);
  assert.deepEqual([minutely.latest, minutely.count], [Date.parse('2026-01-01T00:00:00Z'), 525_600]);
  // Monday to Friday; the first two moments are a day apart, and the last is two days ago.
  const working = missedSince(
    parseSchedule('0 9 * * 1-5'),
    Date.parse('2026-01-05T00:00:00Z'),
    Date.parse('2026-01-11T20:00:00Z'),
  );
  assert.equal(working.latest, Date.parse('2026-01-09T09:00:00Z'));
});

test('a Job is made at each moment, and only so many finished ones are kept', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  await applied(cluster, cron());
  assert.deepEqual(jobs(cluster), []);
  await manual.advance(301, cluster);
  const minute = Date.parse('2026-01-01T00:05:00Z') / 60_000;
  assert.deepEqual(jobs(cluster), [`tick-${minute}`]);
  assert.deepEqual([statusOf(cluster).lastScheduleTime, statusOf(cluster).active], ['2026-01-01T00:05:00Z', undefined]);
  assert.deepEqual(eventsAbout(cluster, 'CronJob'), [
    `Normal SuccessfulCreate Created job tick-${minute}`,
    `Normal SawCompletedJob Saw completed job: tick-${minute}, condition: Complete`,
  ]);
  await manual.advance(300 * 9, cluster);
  assert.deepEqual(
    jobs(cluster),
    [35, 40, 45].map((after) => `tick-${minute - 5 + after + 5}`),
  );
  assert.deepEqual(cluster.store.list('Pod').length, 3);
  await cluster.close();
});

const POLICIES: readonly [policy: string, jobs: number, event: string][] = [
  ['Allow', 3, 'SuccessfulCreate'],
  ['Forbid', 1, 'JobAlreadyActive'],
  ['Replace', 1, 'SuccessfulDelete'],
];

for (const [concurrencyPolicy, count, event] of POLICIES)
  test(`with ${concurrencyPolicy} three moments leave ${count} of the Jobs that do not end`, async () => {
    const manual = new ManualClock();
    const cluster = createCluster({ clock: manual.clock, timer: manual.timer });
    cluster.store.create(node('node-1', 1));
    await applied(cluster, cron({ concurrencyPolicy }));
    await manual.advance(901, cluster);
    assert.equal(jobs(cluster).length, count);
    assert.equal(statusOf(cluster).active?.length, count);
    assert.ok(eventsAbout(cluster, 'CronJob').some((line) => line.split(' ')[1] === event));
    await cluster.close();
  });

test('a suspended CronJob starts nothing, and begins with the last moment that it missed', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  await applied(cluster, cron({ suspend: true }));
  await manual.advance(1000, cluster);
  assert.deepEqual(jobs(cluster), []);
  await applied(cluster, cron({ suspend: false }));
  assert.deepEqual([jobs(cluster).length, statusOf(cluster).lastScheduleTime], [1, '2026-01-01T00:15:00Z']);
  await cluster.close();
});

test('startingDeadlineSeconds forgets moments that are too long ago', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  await applied(cluster, cron({ suspend: true }));
  await manual.advance(1000, cluster);
  await applied(cluster, cron({ suspend: false, startingDeadlineSeconds: 60 }));
  assert.deepEqual(jobs(cluster), []);
  await manual.advance(201, cluster);
  assert.equal(jobs(cluster).length, 1);
  await cluster.close();
});

test('Jobs go with their CronJob, and their pods with them', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  await applied(cluster, cron());
  await manual.advance(301, cluster);
  assert.equal(cluster.store.list<Pod>('Pod').length, 1);
  cluster.store.delete('CronJob', 'default', 'tick');
  await settled(cluster);
  assert.deepEqual([jobs(cluster), cluster.store.list('Pod').length], [[], 0]);
  await cluster.close();
});
