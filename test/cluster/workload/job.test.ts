// job.test.ts - Jobs: completions, parallelism, indexes, failures and their limits, deadlines, suspension, and the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import { formatIndexes, parseIndexes } from '../../../src/cluster/workload/job/job.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';
import { applied, eventsAbout, ManualClock, node, settled, testCluster } from '../fixtures.js';

function job(spec: object = {}, pod: object = {}): KubeObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'image:1' }], ...pod } },
      ...spec,
    },
  };
}

interface Status {
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly completedIndexes?: string;
  readonly failedIndexes?: string;
  readonly startTime?: string;
  readonly completionTime?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
}

const statusOf = (cluster: Cluster): Status => (cluster.store.get('Job', 'default', 'work')?.status ?? {}) as Status;
const conditions = (cluster: Cluster): string[] =>
  (statusOf(cluster).conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`);
const pods = (cluster: Cluster): readonly Pod[] => cluster.store.list<Pod>('Pod');
const working = (cluster: Cluster): Pod[] =>
  pods(cluster).filter(
    ({ metadata, status }) => !metadata.deletionTimestamp && !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  );

/** Ends a pod as its program does. */
async function end(cluster: Cluster, pod: Pod | undefined, exitCode: number): Promise<void> {
  assert.ok(pod, 'there is no pod to end');
  const state = { terminated: { exitCode } };
  const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  const metadata = { ...pod.metadata, resourceVersion: '' };
  cluster.store.updateStatus({ ...pod, metadata, status: { phase, containerStatuses: [{ name: 'main', state }] } });
  await settled(cluster);
}

/** A cluster whose pods end when the test says so. */
function slow(): { cluster: Cluster; manual: ManualClock } {
  const manual = new ManualClock();
  const cluster = createCluster({ clock: manual.clock, timer: manual.timer });
  cluster.store.create(node('node-1', 1));
  return { cluster, manual };
}

test('a Job whose pods have no work is complete at once, and its pods stay', async () => {
  const cluster = testCluster();
  await applied(cluster, job({ completions: 3, parallelism: 2 }));
  assert.deepEqual(conditions(cluster), [
    'SuccessCriteriaMet True CompletionsReached',
    'Complete True CompletionsReached',
  ]);
  assert.equal(statusOf(cluster).succeeded, 3);
  assert.deepEqual(
    pods(cluster).map(({ status, metadata }) => [status?.phase, metadata.finalizers]),
    Array(3).fill(['Succeeded', undefined]),
  );
  assert.equal(eventsAbout(cluster, 'Job').at(-1), 'Normal Completed Job completed');
  await cluster.close();
});

test('no more than parallelism pods work at once, and no more than completions in all', async () => {
  const { cluster } = slow();
  await applied(cluster, job({ completions: 5, parallelism: 2 }));
  for (let done = 0; done < 5; done++) {
    assert.equal(working(cluster).length, Math.min(2, 5 - done));
    await end(cluster, working(cluster)[0], 0);
  }
  assert.deepEqual([pods(cluster).length, statusOf(cluster).active], [5, undefined]);
  assert.equal(conditions(cluster).at(-1), 'Complete True CompletionsReached');
  await cluster.close();
});

test('without completions one success ends the work once all pods have ended', async () => {
  const { cluster } = slow();
  await applied(cluster, job({ parallelism: 3 }));
  await end(cluster, working(cluster)[0], 0);
  assert.deepEqual([working(cluster).length, conditions(cluster)], [2, []]);
  await end(cluster, working(cluster)[0], 0);
  await end(cluster, working(cluster)[0], 0);
  assert.equal(conditions(cluster).at(-1), 'Complete True CompletionsReached');
  await cluster.close();
});

test('failed pods are replaced after a pause that doubles, until the limit is passed', async () => {
  const { cluster, manual } = slow();
  await applied(cluster, job({ backoffLimit: 2 }));
  for (const pause of [10, 20]) {
    await end(cluster, working(cluster)[0], 1);
    assert.equal(working(cluster).length, 0);
    await manual.advance(pause - 1, cluster);
    assert.equal(working(cluster).length, 0);
    await manual.advance(2, cluster);
    assert.equal(working(cluster).length, 1);
  }
  await end(cluster, working(cluster)[0], 1);
  assert.deepEqual(conditions(cluster), [
    'FailureTarget True BackoffLimitExceeded',
    'Failed True BackoffLimitExceeded',
  ]);
  assert.equal(statusOf(cluster).failed, 3);
  assert.equal(
    eventsAbout(cluster, 'Job').at(-1),
    'Warning BackoffLimitExceeded Job has reached the specified backoff limit',
  );
  await cluster.close();
});

test('a Job fails when its deadline passes; its pods go, and only then is it Failed', async () => {
  const { cluster, manual } = slow();
  await applied(cluster, job({ activeDeadlineSeconds: 60 }));
  await manual.advance(61, cluster);
  assert.deepEqual(conditions(cluster), ['FailureTarget True DeadlineExceeded']);
  assert.equal(working(cluster).length, 0);
  for (const { metadata } of pods(cluster))
    cluster.store.delete('Pod', 'default', metadata.name, { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.equal(conditions(cluster).at(-1), 'Failed True DeadlineExceeded');
  await cluster.close();
});

test('an Indexed Job numbers its pods, and each number is done once', async () => {
  const { cluster, manual } = slow();
  await applied(cluster, job({ completions: 3, parallelism: 3, completionMode: 'Indexed' }));
  const numbers = (): (string | undefined)[] =>
    working(cluster)
      .map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index'])
      .toSorted();
  assert.deepEqual(numbers(), ['0', '1', '2']);
  const [first] = working(cluster);
  assert.deepEqual(
    [first?.spec.hostname, ((first?.spec.containers[0]?.env ?? []) as { name: string }[])[0]?.name],
    ['work-0', 'JOB_COMPLETION_INDEX'],
  );
  const byNumber = (number: number): Pod | undefined =>
    working(cluster).find(({ spec }) => spec.hostname === `work-${number}`);
  await end(cluster, byNumber(0), 0);
  await end(cluster, byNumber(2), 0);
  assert.equal(statusOf(cluster).completedIndexes, '0,2');
  await end(cluster, byNumber(1), 1);
  await manual.advance(11, cluster);
  assert.deepEqual(numbers(), ['1']);
  await end(cluster, byNumber(1), 0);
  assert.deepEqual([statusOf(cluster).completedIndexes, statusOf(cluster).succeeded], ['0-2', 3]);
  assert.equal(conditions(cluster).at(-1), 'Complete True CompletionsReached');
  await cluster.close();
});

test('with backoffLimitPerIndex one number may be given up while the others go on', async () => {
  const { cluster } = slow();
  await applied(cluster, job({ completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 }));
  const [first, second] = working(cluster);
  await end(cluster, first, 1);
  assert.deepEqual([statusOf(cluster).failedIndexes, conditions(cluster)], ['0', []]);
  await end(cluster, second, 0);
  assert.equal(conditions(cluster).at(-1), 'Failed True FailedIndexes');
  await cluster.close();
});

const RULES: readonly [
  what: string,
  rule: object,
  code: number,
  failed: number | undefined,
  condition: string | undefined,
][] = [
  [
    'FailJob fails at once',
    { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
    42,
    1,
    'FailureTarget True PodFailurePolicy',
  ],
  ['FailJob of other codes', { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }, 1, 1, undefined],
  [
    'Ignore does not count',
    { action: 'Ignore', onExitCodes: { operator: 'NotIn', values: [1] } },
    3,
    undefined,
    undefined,
  ],
  ['Count counts', { action: 'Count', onExitCodes: { operator: 'In', values: [3] } }, 3, 1, undefined],
];

for (const [what, rule, code, failed, condition] of RULES)
  test(`failure policy: ${what}`, async () => {
    const { cluster } = slow();
    await applied(cluster, job({ podFailurePolicy: { rules: [rule] } }));
    await end(cluster, working(cluster)[0], code);
    assert.deepEqual([statusOf(cluster).failed, conditions(cluster)[0]], [failed, condition]);
    await cluster.close();
  });

test('a suspended Job has no pods and no start time; resumed it begins', async () => {
  const { cluster } = slow();
  const change = async (suspend: boolean): Promise<void> => {
    const before = cluster.store.get('Job', 'default', 'work') as KubeObject;
    cluster.store.update({
      ...before,
      metadata: { ...before.metadata, resourceVersion: '' },
      spec: { ...(before.spec as object), suspend },
    });
    await settled(cluster);
  };
  await applied(cluster, job());
  assert.equal(working(cluster).length, 1);
  await change(true);
  assert.deepEqual(
    [working(cluster).length, statusOf(cluster).startTime, statusOf(cluster).failed],
    [0, undefined, undefined],
  );
  assert.deepEqual(conditions(cluster), ['Suspended True JobSuspended']);
  await change(false);
  assert.deepEqual([working(cluster).length, conditions(cluster)], [1, ['Suspended False JobResumed']]);
  await cluster.close();
});

test('a finished Job goes with its pods after ttlSecondsAfterFinished', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  await applied(cluster, job({ ttlSecondsAfterFinished: 30 }));
  await manual.advance(29, cluster);
  assert.ok(cluster.store.get('Job', 'default', 'work'));
  await manual.advance(2, cluster);
  assert.deepEqual([cluster.store.get('Job', 'default', 'work'), pods(cluster).length], [undefined, 0]);
  await cluster.close();
});

test('a Job that is deleted lets go of its pods, counted or not', async () => {
  const { cluster } = slow();
  await applied(cluster, job({ completions: 2, parallelism: 2 }));
  assert.ok(pods(cluster).every(({ metadata }) => metadata.finalizers?.length === 1));
  cluster.store.delete('Job', 'default', 'work');
  await settled(cluster);
  for (const { metadata } of pods(cluster))
    cluster.store.delete('Pod', 'default', metadata.name, { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.equal(pods(cluster).length, 0);
  await cluster.close();
});

test('a pod that somebody deletes is a failure and is replaced', async () => {
  const { cluster, manual } = slow();
  await applied(cluster, job());
  cluster.store.delete('Pod', 'default', working(cluster)[0]?.metadata.name ?? '');
  await settled(cluster);
  assert.equal(statusOf(cluster).failed, 1);
  await manual.advance(11, cluster);
  assert.equal(working(cluster).length, 1);
  await cluster.close();
});

test('indexes are written as ranges and read back', () => {
  for (const [text, numbers] of [
    ['', []],
    ['3', [3]],
    ['0,1', [0, 1]],
    ['0-2,4,7-9', [0, 1, 2, 4, 7, 8, 9]],
  ] as const) {
    assert.equal(formatIndexes(new Set(numbers)), text);
    assert.deepEqual([...parseIndexes(text)], [...numbers]);
  }
});
