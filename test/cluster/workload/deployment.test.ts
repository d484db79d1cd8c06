// deployment.test.ts - Deployments: revisions, rollbacks, pauses, conditions, deadlines, and the bounds of a rollout.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../../src/allocate/random.js';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';
import { applied, deployment, eventsAbout, ManualClock, node, pod, settled, testCluster } from '../fixtures.js';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const REVISION = 'deployment.kubernetes.io/revision';
const get = (
  cluster: Cluster,
  name = 'web',
): KubeObject & { spec: Record<string, unknown>; status: Record<string, unknown> } =>
  cluster.store.get('Deployment', 'default', name) as never;
const sets = (cluster: Cluster) => cluster.store.list<KubeObject & { spec: { replicas: number } }>('ReplicaSet');
const condition = (cluster: Cluster, type: string): string => {
  const found = ((get(cluster).status.conditions ?? []) as Condition[]).find((one) => one.type === type);
  return found ? `${found.status} ${found.reason}` : 'none';
};

/** Changes a part of the spec, as a client does. */
async function change(cluster: Cluster, spec: object, metadata: object = {}): Promise<void> {
  const { resourceVersion: _, ...before } = get(cluster).metadata;
  cluster.store.update({
    ...get(cluster),
    metadata: { ...before, ...metadata },
    spec: { ...get(cluster).spec, ...spec },
  });
  await settled(cluster);
}

/** What `kubectl rollout undo` does: the template of an old ReplicaSet, without its hash. */
async function undo(cluster: Cluster, revision: number): Promise<void> {
  const old = sets(cluster).find(({ metadata }) => metadata.annotations?.[REVISION] === String(revision));
  assert.ok(old, `there is no revision ${revision}`);
  const { template } = structuredClone(old.spec) as unknown as {
    template: { metadata: { labels: Record<string, string> } };
  };
  delete template.metadata.labels['pod-template-hash'];
  await change(cluster, { template });
}

const imageOf = (cluster: Cluster): string[] => [
  ...new Set(cluster.store.list<Pod>('Pod').map(({ spec }) => spec.containers[0]?.image ?? '')),
];

test('each template is a revision; a rollback makes the old one the newest, twice over', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2, 'image:1'));
  await applied(cluster, deployment('web', 2, 'image:2'));
  assert.equal(get(cluster).metadata.annotations?.[REVISION], '2');
  await undo(cluster, 1);
  assert.deepEqual([imageOf(cluster), get(cluster).metadata.annotations?.[REVISION]], [['image:1'], '3']);
  await undo(cluster, 2);
  assert.deepEqual([imageOf(cluster), get(cluster).metadata.annotations?.[REVISION]], [['image:2'], '4']);
  const histories = sets(cluster).map(
    ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision-history'],
  );
  assert.deepEqual(histories.toSorted(), ['1', '2']);
  assert.equal(sets(cluster).length, 2);
  await cluster.close();
});

test('the change-cause of a revision stays with its ReplicaSet', async () => {
  const cluster = testCluster();
  const cause = (object: KubeObject, text: string): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations: { 'kubernetes.io/change-cause': text } },
  });
  await applied(cluster, cause(deployment('web', 1, 'image:1'), 'first'));
  await applied(cluster, cause(deployment('web', 1, 'image:2'), 'second'));
  const causes = sets(cluster).map(({ metadata }) => metadata.annotations?.['kubernetes.io/change-cause']);
  assert.deepEqual(causes.toSorted(), ['first', 'second']);
  await cluster.close();
});

test('revisionHistoryLimit keeps the newest of the old ReplicaSets', async () => {
  const cluster = testCluster();
  const limited = (image: string): KubeObject => {
    const object = deployment('web', 1, image);
    return { ...object, spec: { ...(object.spec as object), revisionHistoryLimit: 2 } };
  };
  for (let i = 1; i <= 6; i++) await applied(cluster, limited(`image:${i}`));
  assert.deepEqual(
    sets(cluster)
      .map(({ metadata }) => metadata.annotations?.[REVISION])
      .toSorted(),
    ['4', '5', '6'],
  );
  await cluster.close();
});

test('a paused Deployment takes changes and scales, and rolls out only when it is resumed', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  await change(cluster, { paused: true });
  assert.equal(condition(cluster, 'Progressing'), 'Unknown DeploymentPaused');
  const { template } = (deployment('web', 2, 'image:2') as { spec?: { template: object } }).spec ?? {};
  await change(cluster, { template, replicas: 3 });
  assert.deepEqual([imageOf(cluster), cluster.store.list('Pod').length], [['image:1'], 3]);
  await change(cluster, { paused: false });
  assert.deepEqual([imageOf(cluster), condition(cluster, 'Progressing')], [['image:2'], 'True NewReplicaSetAvailable']);
  await cluster.close();
});

test('a rollout that makes no progress exceeds its deadline, and is done when it does in the end', async () => {
  const manual = new ManualClock();
  const cluster = createCluster({ clock: manual.clock, timer: manual.timer });
  cluster.store.create(node('node-1', 1));
  const slow = deployment('web', 1);
  await applied(cluster, { ...slow, spec: { ...(slow.spec as object), progressDeadlineSeconds: 30 } });
  assert.equal(condition(cluster, 'Progressing'), 'True ReplicaSetUpdated');
  assert.equal(condition(cluster, 'Available'), 'False MinimumReplicasUnavailable');
  await manual.advance(29, cluster);
  assert.equal(condition(cluster, 'Progressing'), 'True ReplicaSetUpdated');
  await manual.advance(5, cluster);
  assert.equal(condition(cluster, 'Progressing'), 'False ProgressDeadlineExceeded');
  makeReady(cluster, manual, ...cluster.store.list<Pod>('Pod'));
  await settled(cluster);
  assert.equal(condition(cluster, 'Progressing'), 'True NewReplicaSetAvailable');
  assert.equal(condition(cluster, 'Available'), 'True MinimumReplicasAvailable');
  await cluster.close();
});

test('a pod is available only after it has been ready for minReadySeconds', async () => {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
  const careful = deployment('web', 2);
  await applied(cluster, { ...careful, spec: { ...(careful.spec as object), minReadySeconds: 10 } });
  const counts = () => [get(cluster).status.readyReplicas, get(cluster).status.availableReplicas];
  assert.deepEqual(counts(), [2, undefined]);
  await manual.advance(9, cluster);
  assert.deepEqual(counts(), [2, undefined]);
  await manual.advance(2, cluster);
  assert.deepEqual(counts(), [2, 2]);
  await cluster.close();
});

test('a ReplicaSet of the same name that belongs to nobody makes the Deployment choose another name', async () => {
  const first = testCluster();
  await applied(first, deployment('web', 1));
  const name = sets(first)[0]?.metadata.name ?? '';
  await first.close();
  const cluster = testCluster();
  const foreign = deployment('foreign', 0);
  cluster.store.create({ ...foreign, kind: 'ReplicaSet', metadata: { name, namespace: 'default' } });
  await applied(cluster, deployment('web', 1));
  assert.equal(get(cluster).status.collisionCount, 1);
  const own = sets(cluster).filter(({ metadata }) => metadata.ownerReferences);
  assert.equal(own.length, 1);
  assert.notEqual(own[0]?.metadata.name, name);
  await cluster.close();
});

test('a pod whose label is changed leaves its ReplicaSet, which makes another; changed back it is taken in again', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  const label = async (name: string, app: string): Promise<void> => {
    const before = cluster.store.get<Pod>('Pod', 'default', name) as Pod;
    const labels = { ...before.metadata.labels, app };
    cluster.store.update({ ...before, metadata: { ...before.metadata, labels } });
    await settled(cluster);
  };
  const name = cluster.store.list<Pod>('Pod')[0]?.metadata.name ?? '';
  await label(name, 'debug');
  assert.equal(cluster.store.list('Pod').length, 3);
  assert.equal(cluster.store.get('Pod', 'default', name)?.metadata.ownerReferences, undefined);
  await label(name, 'web');
  assert.equal(cluster.store.list('Pod').length, 2);
  await cluster.close();
});

test('bare pods that match the selector of a new ReplicaSet are taken over', async () => {
  const cluster = testCluster();
  await applied(cluster, pod('bare', { app: 'web' }), { ...deployment('web', 2), kind: 'ReplicaSet' });
  assert.equal(cluster.store.list('Pod').length, 2);
  assert.equal(cluster.store.get('Pod', 'default', 'bare')?.metadata.ownerReferences?.[0]?.name, 'web');
  await cluster.close();
});

test('events tell what a rollout scaled, and what its ReplicaSets made and deleted', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  const first = sets(cluster)[0]?.metadata.name;
  assert.deepEqual(eventsAbout(cluster, 'Deployment'), [
    `Normal ScalingReplicaSet Scaled up replica set ${first} from 0 to 2`,
  ]);
  const made = cluster.store.list('Pod').map(({ metadata }) => `Normal SuccessfulCreate Created pod: ${metadata.name}`);
  assert.deepEqual(eventsAbout(cluster, 'ReplicaSet').toSorted(), made.toSorted());
  await change(cluster, { replicas: 1 });
  assert.match(eventsAbout(cluster, 'ReplicaSet').at(-1) ?? '', /^Normal SuccessfulDelete Deleted pod: web-/);
  const about = eventsAbout(cluster, 'Pod', cluster.store.list('Pod')[0]?.metadata.name);
  assert.deepEqual(
    about.map((line) => line.split(' ')[1]),
    ['Scheduled', 'Pulled', 'Created', 'Started'],
  );
  await cluster.close();
});

/** Says of bound pods that they are ready, as a kubelet does. */
function makeReady(cluster: Cluster, { clock }: ManualClock, ...pods: Pod[]): void {
  for (const one of pods) {
    const lastTransitionTime = clock().toISOString();
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }];
    cluster.store.updateStatus({
      ...one,
      metadata: { ...one.metadata, resourceVersion: '' },
      status: { ...one.status, phase: 'Running', conditions },
    });
  }
}

const STRATEGIES: readonly [surge: number | string, unavailable: number | string, most: number, least: number][] = [
  [1, 0, 5, 4],
  [0, 1, 4, 3],
  ['25%', '25%', 5, 3],
  ['50%', '50%', 6, 2],
  [3, 2, 7, 2],
  ['0%', '10%', 4, 3],
  ['100%', 0, 8, 4],
];

for (const [maxSurge, maxUnavailable, most, least] of STRATEGIES)
  test(`a rollout of four with surge ${maxSurge} and unavailable ${maxUnavailable} has at most ${most} and at least ${least} pods`, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = createRandom(seed);
      const manual = new ManualClock();
      const cluster = createCluster({ clock: manual.clock, timer: manual.timer, seed });
      cluster.store.create(node('node-1', 1));
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
      await applied(cluster, deployment('web', 4, 'image:1', strategy));
      makeReady(cluster, manual, ...cluster.store.list<Pod>('Pod'));
      await settled(cluster);
      const alive = (): Pod[] => cluster.store.list<Pod>('Pod').filter(({ metadata }) => !metadata.deletionTimestamp);
      const ready = (): Pod[] => alive().filter(({ status }) => status?.phase === 'Running');
      const seen = { most: 0, least: 4 };
      cluster.store.watch(() => {
        seen.least = Math.min(seen.least, ready().length);
      }, 'Pod');
      // Of two ReplicaSets that change at once, either may be first to act; what both want is never more.
      cluster.store.watch(() => {
        seen.most = Math.max(
          seen.most,
          sets(cluster).reduce((total, { spec }) => total + spec.replicas, 0),
        );
      }, 'ReplicaSet');
      await applied(cluster, deployment('web', 4, 'image:2', strategy));
      // Pods become ready one by one, in any order; terminated ones take their time.
      for (let step = 0; step < 60; step++) {
        const waiting = alive().filter(({ status }) => status?.phase !== 'Running');
        const going = cluster.store.list<Pod>('Pod').filter(({ metadata }) => metadata.deletionTimestamp);
        const next = waiting[random.below(Math.max(1, waiting.length))];
        if (next && random.below(2) === 0) makeReady(cluster, manual, next);
        const last = going[random.below(Math.max(1, going.length))];
        if (last && random.below(2) === 0)
          cluster.store.delete('Pod', 'default', last.metadata.name, { gracePeriodSeconds: 0 });
        await settled(cluster);
      }
      assert.deepEqual([ready().length, imageOf(cluster)], [4, ['image:2']], `seed ${seed} did not finish`);
      assert.ok(seen.most <= most && seen.least >= least, `seed ${seed}: ${seen.least} to ${seen.most} pods`);
      await cluster.close();
    }
  });

test('Recreate makes no new pod before the last old one is gone', async () => {
  const cluster = createCluster();
  cluster.store.create(node('node-1', 1));
  await applied(cluster, deployment('web', 2, 'image:1', { type: 'Recreate' }));
  await applied(cluster, deployment('web', 2, 'image:2', { type: 'Recreate' }));
  assert.deepEqual(imageOf(cluster), ['image:1']);
  const [first, second] = cluster.store.list('Pod').map(({ metadata }) => metadata.name);
  cluster.store.delete('Pod', 'default', first ?? '', { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.deepEqual(imageOf(cluster), ['image:1']);
  cluster.store.delete('Pod', 'default', second ?? '', { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.deepEqual([imageOf(cluster), cluster.store.list('Pod').length], [['image:2'], 2]);
  await cluster.close();
});

test('replicas that change in the middle of a rollout are shared by its ReplicaSets', async () => {
  const cluster = createCluster();
  cluster.store.create(node('node-1', 1));
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
  const manual = new ManualClock();
  await applied(cluster, deployment('web', 10, 'image:1', strategy));
  makeReady(cluster, manual, ...cluster.store.list<Pod>('Pod'));
  await settled(cluster);
  await applied(cluster, deployment('web', 10, 'image:2', strategy));
  const sizes = (): number[] =>
    sets(cluster)
      .map(({ spec }) => spec.replicas)
      .toSorted((a, b) => a - b);
  assert.deepEqual(sizes(), [5, 8]);
  await change(cluster, { replicas: 15 });
  // The example of the Kubernetes documentation.
  assert.deepEqual(sizes(), [7, 11]);
  await cluster.close();
});
