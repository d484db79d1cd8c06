// workload.test.ts - Deployments, StatefulSets, DaemonSets, the scheduler, and what goes with what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';
import { applied, deployment, eventsAbout, ManualClock, node, pod, service, testCluster } from '../fixtures.js';

const pods = (cluster: Cluster): readonly Pod[] => cluster.store.list<Pod>('Pod');
const nodesOf = (list: readonly Pod[]): string[] => list.map(({ spec }) => spec.nodeName ?? '').toSorted();

function statefulSet(name: string, replicas: number, image = 'image:1'): KubeObject {
  const object = deployment(name, replicas, image);
  return { ...object, kind: 'StatefulSet', spec: { ...(object.spec as object), serviceName: name } };
}

function daemonSet(name: string, spec: object = {}): KubeObject {
  const object = deployment(name, 0);
  const { replicas: _, template, ...rest } = object.spec as { replicas: number; template: { spec: object } };
  return {
    ...object,
    kind: 'DaemonSet',
    spec: { ...rest, template: { ...template, spec: { ...template.spec, ...spec } } },
  };
}

test('a Deployment has a ReplicaSet and pods with hashed names, spread over the nodes', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 6));
  const [set] = cluster.store.list('ReplicaSet');
  assert.match(set?.metadata.name ?? '', /^web-[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  for (const { metadata } of pods(cluster)) assert.match(metadata.name, new RegExp(`^${set?.metadata.name}-.{5}$`));
  assert.deepEqual(nodesOf(pods(cluster)), ['node-1', 'node-1', 'node-2', 'node-2', 'node-3', 'node-3']);
  const status = cluster.store.get('Deployment', 'default', 'web')?.status as Record<string, unknown>;
  assert.deepEqual([status.replicas, status.readyReplicas, status.observedGeneration], [6, 6, 1]);
  cluster.close();
});

test('scaling adds and removes pods; a pod that is deleted is replaced by one with another address', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 2));
  const [before] = pods(cluster);
  cluster.store.delete('Pod', 'default', before?.metadata.name ?? '');
  await cluster.settled();
  assert.equal(pods(cluster).length, 2);
  assert.ok(!pods(cluster).some(({ status }) => status?.podIP === before?.status?.podIP));
  await applied(cluster, deployment('web', 5));
  assert.equal(pods(cluster).length, 5);
  await applied(cluster, deployment('web', 0));
  assert.equal(pods(cluster).length, 0);
  cluster.close();
});

test('a new template replaces all pods and never has fewer than it may have', async () => {
  const cluster = testCluster();
  await applied(cluster, deployment('web', 4));
  let fewest = 4;
  cluster.store.watch(() => {
    const ready = pods(cluster).filter((one) => one.status?.phase === 'Running' && !one.metadata.deletionTimestamp);
    fewest = Math.min(fewest, ready.length);
  }, 'Pod');
  await applied(cluster, deployment('web', 4, 'image:2'));
  assert.deepEqual(
    pods(cluster).map(({ spec }) => spec.containers[0]?.image),
    ['image:2', 'image:2', 'image:2', 'image:2'],
  );
  assert.ok(fewest >= 3, `only ${fewest} pods were ready`);
  await applied(cluster, deployment('web', 4, 'image:3', { type: 'Recreate' }));
  assert.ok(pods(cluster).every(({ spec }) => spec.containers[0]?.image === 'image:3'));
  assert.equal(pods(cluster).length, 4);
  cluster.close();
});

test('a StatefulSet numbers its pods, starts them in order and names their hosts', async () => {
  const cluster = testCluster();
  const started: string[] = [];
  cluster.store.watch(({ type, object }) => type === 'ADDED' && started.push(object.metadata.name), 'Pod');
  await applied(cluster, statefulSet('db', 3));
  assert.deepEqual(started, ['db-0', 'db-1', 'db-2']);
  assert.deepEqual([pods(cluster)[1]?.spec.hostname, pods(cluster)[1]?.spec.subdomain], ['db-1', 'db']);
  await applied(cluster, statefulSet('db', 1));
  assert.deepEqual(
    pods(cluster).map(({ metadata }) => metadata.name),
    ['db-0'],
  );
  await applied(cluster, statefulSet('db', 1, 'image:2'));
  assert.equal(pods(cluster)[0]?.spec.containers[0]?.image, 'image:2');
  cluster.close();
});

test('a DaemonSet has a pod on every node that fits, also on nodes that come later', async () => {
  const cluster = testCluster();
  await applied(
    cluster,
    daemonSet('agent'),
    daemonSet('one', { nodeSelector: { 'kubernetes.io/hostname': 'node-2' } }),
  );
  const of = (name: string): Pod[] => pods(cluster).filter(({ metadata }) => metadata.labels?.app === name);
  assert.deepEqual([nodesOf(of('agent')), nodesOf(of('one'))], [['node-1', 'node-2', 'node-3'], ['node-2']]);
  await applied(cluster, node('node-4', 4));
  assert.equal(of('agent').length, 4);
  cluster.store.delete('Node', '', 'node-1');
  await cluster.settled();
  assert.deepEqual(nodesOf(of('agent')), ['node-2', 'node-3', 'node-4']);
  cluster.close();
});

test('a pod that fits no node waits, says so, and is placed when a node comes', async () => {
  const cluster = testCluster();
  const picky = pod('p', { app: 'p' });
  await applied(cluster, { ...picky, spec: { ...picky.spec, nodeSelector: { disk: 'fast' } } });
  const waiting = cluster.store.get<Pod>('Pod', 'default', 'p');
  assert.match(
    String(waiting?.status?.conditions?.[0]?.message),
    /^0\/3 nodes are available: 3 node\(s\) didn't match/,
  );
  const fast = node('node-4', 4);
  await applied(cluster, { ...fast, metadata: { ...fast.metadata, labels: { disk: 'fast' } } });
  assert.equal(cluster.store.get<Pod>('Pod', 'default', 'p')?.spec.nodeName, 'node-4');
  cluster.close();
});

test('nodes that no machine stands behind get no pods', async () => {
  const cluster = testCluster({ machines: ['node-2'] });
  await applied(cluster, deployment('web', 3));
  assert.deepEqual(nodesOf(pods(cluster)), ['node-2', 'node-2', 'node-2']);
  cluster.close();
});

test('cordoned, tainted and unready nodes get no pods', async () => {
  const cluster = testCluster();
  const change = (name: string, spec: object, status?: object): void => {
    const before = cluster.store.get('Node', '', name) as KubeObject;
    const metadata = { name, labels: before.metadata.labels ?? {} };
    cluster.store.update({ ...before, metadata, spec: { ...(before.spec as object), ...spec } });
    if (status) cluster.store.updateStatus({ ...before, metadata: { name }, status });
  };
  change('node-1', { unschedulable: true });
  change('node-2', { taints: [{ key: 'k', effect: 'NoSchedule' }] });
  const tolerant = pod('b', {});
  await applied(cluster, pod('a', {}), {
    ...tolerant,
    spec: {
      ...tolerant.spec,
      nodeSelector: { 'kubernetes.io/hostname': 'node-2' },
      tolerations: [{ operator: 'Exists' }],
    },
  });
  assert.deepEqual(nodesOf(pods(cluster)), ['node-2', 'node-3']);
  change('node-3', {}, { conditions: [{ type: 'Ready', status: 'False' }] });
  await applied(cluster, pod('c', {}));
  assert.equal(cluster.store.get<Pod>('Pod', 'default', 'c')?.spec.nodeName, undefined);
  cluster.close();
});

test('what a Deployment made goes with it, and what a namespace holds with the namespace', async () => {
  const cluster = testCluster();
  const inSpace = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace: 'x' } });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
  await applied(cluster, inSpace(deployment('web', 2)), inSpace(service('web')), namespace, deployment('other', 1));
  assert.equal(cluster.store.list('Pod', 'x').length, 2);
  cluster.store.delete('Deployment', 'default', 'other');
  cluster.store.delete('Namespace', '', 'x');
  assert.equal(cluster.apply([inSpace(pod('late', {}))]).refused[0]?.error.reason, 'Forbidden');
  await cluster.settled();
  assert.equal(cluster.store.get('Namespace', '', 'x'), undefined);
  for (const kind of ['Pod', 'ReplicaSet', 'Deployment', 'EndpointSlice'])
    assert.equal(cluster.store.list(kind).length, 0);
  cluster.close();
});

const KINDS: readonly [kind: string, apiVersion: string, spec: object][] = [
  ['ReplicaSet', 'apps/v1', { replicas: 1 }],
  ['StatefulSet', 'apps/v1', { replicas: 1, serviceName: 'web' }],
  ['DaemonSet', 'apps/v1', {}],
  ['Job', 'batch/v1', {}],
];

for (const [kind, apiVersion, extra] of KINDS)
  test(`a ${kind} whose pod is refused tells why, and tries again`, async () => {
    const manual = new ManualClock();
    const cluster = testCluster({ clock: manual.clock, timer: manual.timer });
    cluster.store.delete('Node', '', 'node-2');
    cluster.store.delete('Node', '', 'node-3');
    const { spec } = deployment('web', 1) as {
      spec?: { selector: object; template: { metadata: object; spec: object } };
    };
    const end = kind === 'Job' ? { restartPolicy: 'Never' } : {};
    const template = { ...spec?.template, spec: { ...spec?.template.spec, priorityClassName: 'later', ...end } };
    const selector = kind === 'Job' ? {} : { selector: spec?.selector };
    const metadata = { name: 'web', namespace: 'default' };
    await applied(cluster, { apiVersion, kind, metadata, spec: { ...selector, template, ...extra } });
    assert.match(
      eventsAbout(cluster, kind).join('\n'),
      /Warning FailedCreate .*no PriorityClass with name later was found/,
    );
    assert.equal(pods(cluster).length, 0);
    await applied(cluster, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'later' },
      ...{ value: 7 },
    });
    await manual.advance(11, cluster);
    assert.equal(pods(cluster).length, 1);
    cluster.close();
  });
