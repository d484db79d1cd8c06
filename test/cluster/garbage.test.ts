// garbage.test.ts - what goes with what: in the background, in the foreground, not at all; namespaces, nodes, budgets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, createCluster } from '../../src/cluster/cluster.js';
import type { KubeObject, Pod } from '../../src/model/objects.js';
import { applied, CLOCK, deployment, node, pod, settled, testCluster } from './fixtures.js';

const count = (cluster: Cluster, kind: string): number => cluster.store.list(kind).length;

const statusOf = (cluster: Cluster, kind: string, namespace: string, name: string): unknown =>
  cluster.store.get(kind, namespace, name)?.status;

/** A cluster whose pods go only when the test says so. */
function slow(): Cluster {
  const cluster = createCluster({ clock: CLOCK });
  cluster.store.create(node('node-1', 1));
  return cluster;
}

function configMap(name: string, owners: readonly KubeObject[], extra: object = {}): KubeObject {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
    ...extra,
  }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ownerReferences } };
}

test('in the background the owner goes first, and everything below it after', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  cluster.store.delete('Deployment', 'default', 'web', { propagationPolicy: 'Background' });
  assert.equal(count(cluster, 'Deployment'), 0);
  await settled(cluster);
  assert.deepEqual([count(cluster, 'ReplicaSet'), count(cluster, 'Pod')], [0, 0]);
  await cluster.close();
});

test('in the foreground the owner waits until the last pod is gone', async () => {
  const cluster = slow();
  await applied(cluster, deployment('web', 1));
  cluster.store.delete('Deployment', 'default', 'web', { propagationPolicy: 'Foreground' });
  await settled(cluster);
  const owner = cluster.store.get('Deployment', 'default', 'web');
  assert.deepEqual(owner?.metadata.finalizers, ['foregroundDeletion']);
  assert.deepEqual([count(cluster, 'ReplicaSet'), count(cluster, 'Pod')], [1, 1]);
  const [last] = cluster.store.list<Pod>('Pod');
  assert.ok(last?.metadata.deletionTimestamp);
  cluster.store.delete('Pod', 'default', last.metadata.name, { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.deepEqual([count(cluster, 'Deployment'), count(cluster, 'ReplicaSet'), count(cluster, 'Pod')], [0, 0, 0]);
  await cluster.close();
});

test('orphans stay, without their owner, and are adopted by the next one', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  const before = cluster.store.list('Pod').map(({ metadata }) => metadata.uid);
  cluster.store.delete('Deployment', 'default', 'web', { propagationPolicy: 'Orphan' });
  await settled(cluster);
  assert.equal(count(cluster, 'Deployment'), 0);
  assert.equal(cluster.store.list('ReplicaSet')[0]?.metadata.ownerReferences, undefined);
  await applied(cluster, deployment('web', 2));
  assert.deepEqual(
    cluster.store.list('Pod').map(({ metadata }) => metadata.uid),
    before,
  );
  assert.equal(cluster.store.list('ReplicaSet')[0]?.metadata.ownerReferences?.length, 1);
  await cluster.close();
});

test('any kind can own any other; what has another owner stays, and forgets the one that is gone', async () => {
  const cluster = testCluster();
  const owners = ['a', 'b'].map((name) =>
    cluster.store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' } }),
  );
  await applied(cluster, configMap('of-both', owners), configMap('of-a', owners.slice(0, 1)));
  cluster.store.delete('Secret', 'default', 'a');
  await settled(cluster);
  assert.equal(cluster.store.get('ConfigMap', 'default', 'of-a'), undefined);
  const left = cluster.store.get('ConfigMap', 'default', 'of-both');
  assert.deepEqual(
    left?.metadata.ownerReferences?.map(({ name }) => name),
    ['b'],
  );
  await cluster.close();
});

test('only dependents that block hold up their owner', async () => {
  const cluster = testCluster();
  const owner = cluster.store.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'default' },
  });
  const held = configMap('held', [owner]);
  await applied(cluster, { ...held, metadata: { ...held.metadata, finalizers: ['example.com/x'] } });
  cluster.store.delete('Secret', 'default', 'a', { propagationPolicy: 'Foreground' });
  await settled(cluster);
  assert.equal(count(cluster, 'Secret'), 0);
  assert.ok(cluster.store.get('ConfigMap', 'default', 'held')?.metadata.deletionTimestamp);
  await cluster.close();
});

test('a namespace says what keeps it, and goes when that is gone', async () => {
  const cluster = testCluster();
  const inSpace = (name: string, finalizers: string[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'x', finalizers },
  });
  await applied(
    cluster,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
    ...[inSpace('kept', ['example.com/x']), inSpace('free', [])],
  );
  cluster.store.delete('Namespace', '', 'x');
  await settled(cluster);
  const { phase, conditions } = statusOf(cluster, 'Namespace', '', 'x') as {
    phase: string;
    conditions: { type: string; status: string; reason: string; message: string }[];
  };
  assert.equal(phase, 'Terminating');
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    [
      'NamespaceDeletionDiscoveryFailure False ResourcesDiscovered',
      'NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions',
      'NamespaceDeletionContentFailure False ContentDeleted',
      'NamespaceContentRemaining True SomeResourcesRemain',
      'NamespaceFinalizersRemaining True SomeFinalizersRemain',
    ],
  );
  assert.equal(conditions[3]?.message, 'Some resources are remaining: configmaps. has 1 resource instances');
  assert.equal(
    conditions[4]?.message,
    'Some content in the namespace has finalizers remaining: example.com/x in 1 resource instances',
  );
  const kept = cluster.store.get('ConfigMap', 'x', 'kept') as KubeObject;
  cluster.store.update({ ...kept, metadata: { ...kept.metadata, finalizers: [] } });
  await settled(cluster);
  assert.equal(cluster.store.get('Namespace', '', 'x'), undefined);
  await cluster.close();
});

test('a pod on a node that does not exist goes as soon as it is deleted', async () => {
  const cluster = slow();
  const lost = pod('lost', {});
  await applied(cluster, { ...lost, spec: { ...lost.spec, nodeName: 'nowhere' } }, pod('placed', {}));
  cluster.store.delete('Pod', 'default', 'lost');
  cluster.store.delete('Pod', 'default', 'placed');
  await settled(cluster);
  assert.deepEqual(
    cluster.store.list('Pod').map(({ metadata }) => metadata.name),
    ['placed'],
  );
  cluster.store.delete('Node', '', 'node-1');
  await settled(cluster);
  assert.equal(count(cluster, 'Pod'), 0);
  await cluster.close();
});

const BUDGETS: readonly [spec: object, expected: number, desired: number, allowed: number][] = [
  [{ minAvailable: 2 }, 3, 2, 1],
  [{ minAvailable: '50%' }, 3, 2, 1],
  [{ maxUnavailable: 1 }, 3, 2, 1],
  [{ maxUnavailable: '34%' }, 3, 1, 2],
  [{ minAvailable: 5 }, 3, 5, 0],
  [{ maxUnavailable: 0 }, 3, 3, 0],
];

for (const [spec, expectedPods, desiredHealthy, disruptionsAllowed] of BUDGETS)
  test(`a budget with ${JSON.stringify(spec)} spares ${disruptionsAllowed} of three pods`, async () => {
    const cluster = testCluster();
    const selector = { matchLabels: { app: 'web' } };
    const budget = {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace: 'default' },
    };
    await applied(cluster, deployment('web', 3), { ...budget, spec: { selector, ...spec } });
    const { conditions, observedGeneration, ...counts } = statusOf(cluster, 'PodDisruptionBudget', 'default', 'b') as {
      conditions: { status: string; reason: string }[];
      observedGeneration: number;
    };
    assert.deepEqual(counts, { expectedPods, currentHealthy: 3, desiredHealthy, disruptionsAllowed });
    const [word, reason] = disruptionsAllowed > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
    assert.deepEqual([conditions[0]?.status, conditions[0]?.reason, observedGeneration], [word, reason, 1]);
    await cluster.close();
  });
