// sets.test.ts - StatefulSets and DaemonSets: order, revisions, partitions, surge, claims, and what tolerates what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import type { KubeObject, Node, Pod } from '../../../src/model/objects.js';
import { applied, deployment, eventsAbout, node, settled, testCluster } from '../fixtures.js';

function statefulSet(replicas: number, image = 'image:1', spec: object = {}): KubeObject {
  const object = deployment('db', replicas, image);
  return { ...object, kind: 'StatefulSet', spec: { ...(object.spec as object), serviceName: 'db', ...spec } };
}

function daemonSet(image = 'image:1', spec: object = {}): KubeObject {
  const object = deployment('agent', 1, image);
  const { replicas: _, ...rest } = object.spec as { replicas: number };
  return { ...object, kind: 'DaemonSet', spec: { ...rest, ...spec } };
}

const pods = (cluster: Cluster): readonly Pod[] => cluster.store.list<Pod>('Pod');
const images = (cluster: Cluster): string[] => pods(cluster).map(({ spec }) => spec.containers[0]?.image ?? '');
const revisions = (cluster: Cluster): string[] =>
  cluster.store
    .list<KubeObject & { revision: number }>('ControllerRevision')
    .map(({ metadata, revision }) => `${revision} ${metadata.name}`)
    .toSorted();
const statusOf = (cluster: Cluster, kind: string, name: string) =>
  cluster.store.get(kind, 'default', name)?.status as Record<string, unknown>;

function ready(cluster: Cluster, name: string): void {
  const one = cluster.store.get<Pod>('Pod', 'default', name) as Pod;
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  const metadata = { ...one.metadata, resourceVersion: '' };
  cluster.store.updateStatus({ ...one, metadata, status: { ...one.status, phase: 'Running', conditions } });
}

const gone = (cluster: Cluster, name: string): void => {
  cluster.store.delete('Pod', 'default', name, { gracePeriodSeconds: 0 });
};
const namesOf = (cluster: Cluster): string[] => pods(cluster).map(({ metadata }) => metadata.name);

/** A cluster in which nothing runs pods: the test says when they are ready and gone. */
function slowCluster(nodes = 1): Cluster {
  const cluster = createCluster();
  for (let i = 1; i <= nodes; i++) cluster.store.create(node(`node-${i}`, i));
  return cluster;
}

test('an ordered set makes the next pod when the one before is ready, and removes the last first', async () => {
  const cluster = slowCluster();
  await applied(cluster, statefulSet(3));
  for (const have of [1, 2, 3]) {
    assert.equal(pods(cluster).length, have);
    ready(cluster, `db-${have - 1}`);
    await settled(cluster);
  }
  await applied(cluster, statefulSet(1));
  assert.deepEqual(
    pods(cluster)
      .filter(({ metadata }) => metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name),
    ['db-2'],
  );
  gone(cluster, 'db-2');
  await settled(cluster);
  assert.ok(cluster.store.get('Pod', 'default', 'db-1')?.metadata.deletionTimestamp);
  await cluster.close();
});

test('a Parallel set makes and removes all pods at once', async () => {
  const cluster = slowCluster();
  await applied(cluster, statefulSet(3, 'image:1', { podManagementPolicy: 'Parallel' }));
  assert.deepEqual(namesOf(cluster), ['db-0', 'db-1', 'db-2']);
  await applied(cluster, statefulSet(0, 'image:1', { podManagementPolicy: 'Parallel' }));
  assert.equal(pods(cluster).filter(({ metadata }) => metadata.deletionTimestamp).length, 3);
  await cluster.close();
});

test('an update replaces one pod at a time from the last, and the set says which revisions it has', async () => {
  const cluster = slowCluster();
  await applied(cluster, statefulSet(2, 'image:1', { podManagementPolicy: 'Parallel' }));
  for (const name of namesOf(cluster)) ready(cluster, name);
  await settled(cluster);
  const first = statusOf(cluster, 'StatefulSet', 'db').currentRevision;
  await applied(cluster, statefulSet(2, 'image:2', { podManagementPolicy: 'Parallel' }));
  const { currentRevision, updateRevision } = statusOf(cluster, 'StatefulSet', 'db');
  assert.deepEqual([currentRevision === first, updateRevision === first], [true, false]);
  for (const name of ['db-1', 'db-0']) {
    const leaving = pods(cluster).filter(({ metadata }) => metadata.deletionTimestamp);
    assert.deepEqual(
      leaving.map(({ metadata }) => metadata.name),
      [name],
    );
    gone(cluster, name);
    await settled(cluster);
    ready(cluster, name);
    await settled(cluster);
  }
  const after = statusOf(cluster, 'StatefulSet', 'db');
  assert.deepEqual([after.currentRevision, after.updatedReplicas, after.currentReplicas], [updateRevision, 2, 2]);
  await cluster.close();
});

test('pods below the partition stay as they are, also when they are made anew', async () => {
  const cluster = testCluster();
  await applied(cluster, statefulSet(3));
  const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
  await applied(cluster, statefulSet(3, 'image:2', partition));
  assert.deepEqual(images(cluster), ['image:1', 'image:1', 'image:2']);
  cluster.store.delete('Pod', 'default', 'db-0');
  await settled(cluster);
  assert.deepEqual(images(cluster), ['image:1', 'image:1', 'image:2']);
  await applied(
    cluster,
    statefulSet(3, 'image:2', { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } }),
  );
  assert.deepEqual(images(cluster), ['image:2', 'image:2', 'image:2']);
  await cluster.close();
});

test('OnDelete replaces a pod only when somebody deletes it', async () => {
  const cluster = testCluster();
  const onDelete = { updateStrategy: { type: 'OnDelete' } };
  await applied(cluster, statefulSet(2, 'image:1', onDelete), daemonSet('image:1', onDelete));
  await applied(cluster, statefulSet(2, 'image:2', onDelete), daemonSet('image:2', onDelete));
  assert.deepEqual(new Set(images(cluster)), new Set(['image:1']));
  for (const name of namesOf(cluster)) cluster.store.delete('Pod', 'default', name);
  await settled(cluster);
  assert.deepEqual(new Set(images(cluster)), new Set(['image:2']));
  await cluster.close();
});

for (const kind of ['StatefulSet', 'DaemonSet'])
  test(`a ${kind} numbers its templates; one that comes back is the newest again, and old ones go`, async () => {
    const cluster = testCluster();
    const made = (image: string) =>
      kind === 'StatefulSet'
        ? statefulSet(2, image, { revisionHistoryLimit: 2 })
        : daemonSet(image, { revisionHistoryLimit: 2 });
    for (const image of ['image:1', 'image:2']) await applied(cluster, made(image));
    const [first, second] = revisions(cluster).map((text) => text.split(' ')[1]);
    await applied(cluster, made('image:1'));
    assert.deepEqual(revisions(cluster), [`2 ${second}`, `3 ${first}`]);
    for (const image of ['image:3', 'image:4']) await applied(cluster, made(image));
    assert.deepEqual(
      revisions(cluster).map((text) => text.split(' ')[0]),
      ['3', '4', '5'],
    );
    const [newest] = cluster.store
      .list<KubeObject & { revision: number; data: { spec: { template: Record<string, unknown> } } }>(
        'ControllerRevision',
      )
      .filter(({ revision }) => revision === 5);
    assert.equal(newest?.data.spec.template.$patch, 'replace');
    assert.equal(newest?.metadata.ownerReferences?.[0]?.kind, kind);
    await cluster.close();
  });

test('claims are made from their templates, mounted, and kept when the set shrinks', async () => {
  const cluster = testCluster();
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const claims = (): string[] => cluster.store.list('PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  await applied(cluster, statefulSet(2, 'image:1', { volumeClaimTemplates: [claim] }));
  assert.deepEqual(claims(), ['data-db-0', 'data-db-1']);
  const [volume] = (pods(cluster)[1]?.spec.volumes ?? []) as object[];
  assert.deepEqual(volume, {
    name: 'data',
    persistentVolumeClaim: { claimName: 'data-db-1' },
  });
  await applied(cluster, statefulSet(1, 'image:1', { volumeClaimTemplates: [claim] }));
  assert.deepEqual(claims(), ['data-db-0', 'data-db-1']);
  assert.deepEqual(eventsAbout(cluster, 'StatefulSet').slice(0, 2), [
    'Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success',
    'Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful',
  ]);
  await cluster.close();
});

test('ordinals start where the set says, and pods carry their number', async () => {
  const cluster = testCluster();
  await applied(cluster, statefulSet(2, 'image:1', { ordinals: { start: 5 } }));
  assert.deepEqual(namesOf(cluster), ['db-5', 'db-6']);
  assert.equal(pods(cluster)[0]?.metadata.labels?.['apps.kubernetes.io/pod-index'], '5');
  await cluster.close();
});

test('a DaemonSet without surge never lacks more pods than maxUnavailable', async () => {
  const cluster = slowCluster(5);
  const rolling = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2, maxSurge: 0 } } };
  await applied(cluster, daemonSet('image:1', rolling));
  for (const name of namesOf(cluster)) ready(cluster, name);
  await settled(cluster);
  await applied(cluster, daemonSet('image:2', rolling));
  for (let step = 0; step < 20 && images(cluster).includes('image:1'); step++) {
    const leaving = pods(cluster).filter(({ metadata }) => metadata.deletionTimestamp);
    const serving = pods(cluster).filter(
      ({ metadata, status }) => !metadata.deletionTimestamp && status?.phase === 'Running',
    );
    assert.ok(serving.length >= 3, `${serving.length} of 5 serve`);
    for (const { metadata } of leaving.slice(0, 1)) gone(cluster, metadata.name);
    await settled(cluster);
    const waiting = pods(cluster).filter(({ status }) => status?.phase !== 'Running');
    for (const { metadata } of waiting) ready(cluster, metadata.name);
    await settled(cluster);
  }
  assert.deepEqual(images(cluster), Array(5).fill('image:2'));
  await cluster.close();
});

test('a DaemonSet with surge makes the new pod of a node before the old one goes', async () => {
  const cluster = slowCluster(3);
  const rolling = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } };
  await applied(cluster, daemonSet('image:1', rolling));
  for (const name of namesOf(cluster)) ready(cluster, name);
  await settled(cluster);
  await applied(cluster, daemonSet('image:2', rolling));
  assert.equal(pods(cluster).length, 4);
  for (let step = 0; step < 20 && images(cluster).includes('image:1'); step++) {
    const old = pods(cluster).filter(
      ({ metadata, status }) => !metadata.deletionTimestamp && status?.phase === 'Running',
    );
    assert.ok(old.length >= 3);
    for (const one of pods(cluster)) {
      if (one.metadata.deletionTimestamp) gone(cluster, one.metadata.name);
      else if (one.status?.phase !== 'Running') ready(cluster, one.metadata.name);
    }
    await settled(cluster);
  }
  assert.deepEqual(images(cluster), Array(3).fill('image:2'));
  await cluster.close();
});

test('daemons go to cordoned nodes, not to tainted ones; NoSchedule lets them stay and NoExecute drives them away', async () => {
  const cluster = testCluster();
  const change = async (name: string, spec: object): Promise<void> => {
    const before = cluster.store.get<Node>('Node', '', name) as Node;
    cluster.store.update({ ...before, spec: { ...before.spec, ...spec } });
    await settled(cluster);
  };
  await change('node-1', { unschedulable: true });
  await change('node-2', { taints: [{ key: 'k', effect: 'NoSchedule' }] });
  await applied(cluster, daemonSet());
  const places = (): string[] =>
    pods(cluster)
      .map(({ spec }) => spec.nodeName ?? '')
      .toSorted();
  assert.deepEqual(places(), ['node-1', 'node-3']);
  await change('node-3', { taints: [{ key: 'k', effect: 'NoSchedule' }] });
  assert.deepEqual(places(), ['node-1', 'node-3']);
  assert.equal(statusOf(cluster, 'DaemonSet', 'agent').numberMisscheduled, 1);
  await change('node-3', { taints: [{ key: 'k', effect: 'NoExecute' }] });
  assert.deepEqual(places(), ['node-1']);
  assert.deepEqual(statusOf(cluster, 'DaemonSet', 'agent').desiredNumberScheduled, 1);
  await cluster.close();
});
